import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseScores, SCORES_FILE, type ScoreValues } from '../stages/score.ts';
import { stageDir } from './stageStore.ts';
import type { Workspace } from './workspace.ts';

/** The values of completed score stages, by stage key; stages that are not there, or cannot be read, are left out. */
export function readScores(workspace: Workspace, keys: Iterable<string>): Map<string, ScoreValues> {
  const values = new Map<string, ScoreValues>();
  for (const key of keys) {
    try {
      values.set(key, parseScores(readFileSync(join(stageDir(workspace, key), SCORES_FILE), 'utf8')));
    } catch {
      // Not computed yet, or torn: the next run makes it.
    }
  }
  return values;
}

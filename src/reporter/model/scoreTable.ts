import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../planner/types.ts';
import { parseScores, SCORES_FILE, type ScoreValues } from '../../stages/score.ts';
import { SCORE_NAMES, type ScoreName } from '../../stages/scores.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';

/** What the finished score stages of a plan say. */
export interface ScoreTable {
  /** Scores with a value somewhere. */
  names: ScoreName[];
  /** Scores of single pictures, by the picture's stage key. */
  pictures: ReadonlyMap<string, ScoreValues>;
  /** Scores of all seeds of one snapshot, sampler and prompt together, by the stage key of the first of its pictures. */
  groups: ReadonlyMap<string, ScoreValues>;
}

/** Reads the results of score stages; one that is gone or torn says nothing. */
export function readScoreTable(plan: Plan, workspace: Workspace, completed: ReadonlySet<string>): ScoreTable {
  const pictures = new Map<string, ScoreValues>();
  const groups = new Map<string, ScoreValues>();
  const found = new Set<string>();
  for (const { kind, key, needs, parameters } of plan.stages) {
    if (kind !== 'score' || !completed.has(key)) continue;
    const values = finite(read(join(stageDir(workspace, key), SCORES_FILE)));
    const [first = ''] = needs;
    const table = parameters.role === 'group' ? groups : pictures;
    table.set(first, { ...table.get(first), ...values });
    for (const name of Object.keys(values)) found.add(name);
  }
  return { names: SCORE_NAMES.filter(name => found.has(name)), pictures, groups };
}

function read(path: string): ScoreValues {
  try {
    return parseScores(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

const finite = (values: ScoreValues): ScoreValues =>
  Object.fromEntries(
    Object.entries(values).filter(([name, value]) => isKnown(name) && Number.isFinite(value)),
  );

const isKnown = (name: string): name is ScoreName => SCORE_NAMES.some(known => known === name);

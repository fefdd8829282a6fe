import { existsSync, readdirSync } from 'node:fs';
import type { StoreView } from '../planner/types.ts';
import type { StoreDatabase } from '../store/database.ts';
import { releasedStages } from '../store/releasedStages.ts';
import { completedStages, listStates } from '../store/stageRows.ts';
import { stageDir } from '../store/stageStore.ts';
import type { Workspace } from '../store/workspace.ts';

/** Answers the planner's questions about what is there, as of now. */
export function storeView(database: StoreDatabase, workspace: Workspace): StoreView {
  const completed = completedStages(database);
  const released = releasedStages(workspace);
  const states = listStates(database);
  const withState = new Set(states.map(({ snapshotKey }) => snapshotKey));
  const steps = new Map<string, number[]>();
  for (const { trajectoryKey, step } of states) {
    const list = steps.get(trajectoryKey);
    if (list) list.push(step);
    else steps.set(trajectoryKey, [step]);
  }
  return {
    completed: key => completed.has(key),
    released: key => released.has(key),
    hasState: snapshotKey => withState.has(snapshotKey),
    stateSteps: trajectoryKey => steps.get(trajectoryKey) ?? [],
    classImageCount: blockKey => countPictures(stageDir(workspace, blockKey)),
  };
}

const countPictures = (dir: string): number =>
  existsSync(dir) ? readdirSync(dir).filter(name => name.endsWith('.png')).length : 0;

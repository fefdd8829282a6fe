import { trainingJobId } from '../../planner/trainedRuns.ts';
import type { Plan, Trial } from '../../planner/types.ts';
import type { ReportPicture, ReportTrial } from './reportModel.ts';
import type { Result, ResultStates } from './resultStates.ts';
import type { Trajectories } from './trajectories.ts';
import { fileOptions, trialOptions } from './trialOptions.ts';

interface Sources {
  states: ResultStates;
  trajectories: Trajectories;
  pictures: Readonly<Record<string, ReportPicture>>;
  /** Seconds per step, by the name of a training's job. */
  rates: ReadonlyMap<string, number>;
}

/** One row a trial, in the order of the file. */
export function trialRows(plan: Plan, sources: Sources): ReportTrial[] {
  const first = JSON.stringify(plan.cells[0]?.sampler);
  const cells = new Map<string, string[]>();
  const shown = new Map<string, string[]>();
  for (const { trial, sampler, pictureKey } of plan.cells) {
    push(cells, trial, pictureKey);
    if (JSON.stringify(sampler) === first) push(shown, trial, pictureKey);
  }
  return plan.trials.map(trial => ({
    number: trial.number,
    id: trial.id,
    subject: trial.subject,
    values: trial.values,
    learningRate: trial.options.learningRate,
    steps: trial.maxTrainSteps,
    options: trialOptions(trial.options),
    fileOptions: fileOptions(trial.options),
    ...standing(trial, cells.get(trial.id) ?? [], sources),
    finalLoss: sources.trajectories.lossAt(trial.trajectoryKey, trial.maxTrainSteps),
    seconds: trainingSeconds(trial, sources),
    pictures: shown.get(trial.id) ?? [],
  }));
}

function push(lists: Map<string, string[]>, name: string, value: string): void {
  const list = lists.get(name);
  if (list) list.push(value);
  else lists.set(name, [value]);
}

/** A trial is what its weights and all its pictures are together: the worst of them. */
function standing({ snapshotKey }: Trial, keys: readonly string[], { states, pictures }: Sources): Result {
  const training = states.snapshot(snapshotKey);
  if (training.state !== 'complete') return training;
  const open = keys.map(key => pictures[key]).filter(picture => picture?.state !== 'complete');
  const [one] = open.filter(picture => picture?.state === 'failed');
  if (one) return { state: 'failed', reason: one.reason };
  if (open.length === 0) return training;
  return { state: 'missing', reason: `${open.length} of ${keys.length} pictures missing` };
}

/**
 * The steps of the trial at the mean pace of its training. What lies between two snapshots in the store would not do: the next
 * one may have gone on from what another sweep trained, and the state that is kept beside it has taken its seconds.
 */
function trainingSeconds(
  { trajectoryKey, snapshotKey, maxTrainSteps }: Trial,
  { states, rates }: Sources,
): number | null {
  const rate = rates.get(trainingJobId(trajectoryKey));
  return rate === undefined || states.snapshot(snapshotKey).state !== 'complete'
    ? null
    : rate * maxTrainSteps;
}

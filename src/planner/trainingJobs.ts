import { distinct } from '../sweep/grid.ts';
import type { KeepState } from '../sweep/types.ts';
import type { StoreView, TrainingJob, Trajectory } from './types.ts';

interface Choice {
  view: StoreView;
  keepState: KeepState;
  /** The key of any step of the trajectory. */
  keyAt(step: number): string;
  /** Snapshots that something still to be made is made from. */
  needed: ReadonlySet<string>;
}

/**
 * The trainings that are left to run for a trajectory: one for each stretch between what is missing and the nearest
 * earlier step that has state. Going on from where the previous missing snapshot was is always possible, so a new
 * stretch begins only where a kept state lies further ahead.
 */
export function trainingJobs(
  trajectory: Trajectory,
  { view, keepState, keyAt, needed }: Choice,
): TrainingJob[] {
  const { key, snapshots } = trajectory;
  // Other sweeps may have left state at steps that this one does not want.
  const states = distinct([...snapshots.map(({ step }) => step), ...(view.stateSteps?.(key) ?? [])])
    .sort((a, b) => a - b)
    .map(step => ({ step, key: keyAt(step) }))
    .filter(({ key }) => view.hasState(key));
  const last = snapshots.at(-1)?.step;

  const jobs: TrainingJob[] = [];
  const wanted = snapshots.filter(
    ({ key }) => !view.completed(key) && (needed.has(key) || !view.released?.(key)),
  );
  for (const snapshot of wanted) {
    const state = states.findLast(({ step }) => step < snapshot.step);
    const running = jobs.at(-1);
    if (running && (running.snapshots.at(-1)?.step ?? 0) >= (state?.step ?? 0))
      running.snapshots.push(snapshot);
    else {
      jobs.push({
        trajectoryKey: key,
        fromStep: state?.step ?? 0,
        fromSnapshotKey: state?.key ?? null,
        snapshots: [snapshot],
        keepStateAt: [],
      });
    }
  }
  for (const job of jobs) {
    const steps = job.snapshots.map(({ step }) => step);
    if (keepState === 'all') job.keepStateAt = steps;
    if (keepState === 'last') job.keepStateAt = steps.filter(step => step === last);
  }
  return jobs;
}

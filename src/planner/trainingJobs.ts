import { isSameEma } from '../stages/ema.ts';
import { distinct } from '../sweep/grid.ts';
import type { KeepState } from '../sweep/types.ts';
import type { StoreView, TrainingJob, Trajectory, WantedWeights } from './types.ts';

interface Choice {
  view: StoreView;
  keepState: KeepState;
  /** The keys of any step of the trajectory: of its weights, or of an average of them. */
  keyAt(step: number, average?: WantedWeights['average']): string;
  /** Snapshots that something still to be made is made from. */
  needed: ReadonlySet<string>;
}

/**
 * The trainings that are left to run for a trajectory: one for each stretch between what is missing and the nearest
 * earlier step that has state. Going on from where the previous missing snapshot was is always possible, so a new
 * stretch begins only where a kept state lies further ahead. An average of the weights can be gone on with only where it
 * is there at the same step as the state; snapshots within its stretch come along.
 */
export function trainingJobs(
  trajectory: Pick<Trajectory, 'key' | 'snapshots' | 'averages'>,
  { view, keepState, keyAt, needed }: Choice,
): TrainingJob[] {
  const { key, snapshots, averages = [] } = trajectory;
  const wanted = new Map(snapshots.map(snapshot => [snapshot.step, snapshot.key]));
  // Other sweeps may have left state at steps that this one does not want.
  const states = distinct([...snapshots.map(({ step }) => step), ...(view.stateSteps?.(key) ?? [])])
    .sort((a, b) => a - b)
    .filter(step => view.hasState(wanted.get(step) ?? keyAt(step)));
  const canStart = (step: number, average: WantedWeights['average']): boolean =>
    step === 0 || average === undefined || view.completed(keyAt(step, average));
  const isWanted = ({ key }: WantedWeights): boolean =>
    !view.completed(key) && (needed.has(key) || !view.released?.(key));

  const jobs: TrainingJob[] = [];
  const byStep = averages.toSorted((a, b) => a.step - b.step);
  for (const weights of [...byStep, ...(snapshots as WantedWeights[])].filter(isWanted)) {
    const { step, average } = weights;
    // A state of its own step holds the trained weights themselves: a run was killed between the two.
    const reaches = (state: number): boolean => state < step || (state === step && average === undefined);
    const from = states.findLast(state => reaches(state) && canStart(state, average)) ?? 0;
    const running = jobs.findLast(
      job => job.fromStep < step && lastStep(job) >= from && canStart(job.fromStep, average),
    );
    if (running) running.snapshots.push(weights);
    else {
      const fromSnapshotKey = from === 0 ? null : keyAt(from);
      const job = { fromStep: from, fromSnapshotKey, snapshots: [weights], keepStateAt: [], averages: [] };
      jobs.push({ trajectoryKey: key, ...job });
    }
    running?.snapshots.sort((a, b) => a.step - b.step);
  }
  const last = snapshots.at(-1)?.step;
  for (const job of jobs) {
    const steps = distinct(job.snapshots.map(({ step }) => step)).filter(step => !states.includes(step));
    if (keepState === 'all') job.keepStateAt = steps;
    if (keepState === 'last') job.keepStateAt = steps.filter(step => step === last);
    const kept = job.snapshots.flatMap(({ average }) => average ?? []);
    job.averages = kept
      .filter((average, i) => kept.findIndex(other => isSameEma(other, average)) === i)
      .map(average => ({ average, fromKey: job.fromStep === 0 ? null : keyAt(job.fromStep, average) }));
  }
  return jobs.sort((a, b) => a.fromStep - b.fromStep);
}

/** Where a job ends. */
const lastStep = ({ snapshots }: TrainingJob): number => snapshots.at(-1)?.step ?? 0;

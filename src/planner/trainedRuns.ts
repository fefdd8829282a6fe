import type { Inversion, Plan, Trajectory, WantedWeights } from './types.ts';

/** Everything of a plan that is trained: textual inversions, then what begins with them. */
export const trainedRuns = ({
  inversions = [],
  trajectories,
}: Pick<Plan, 'inversions' | 'trajectories'>): (Inversion | Trajectory)[] => [...inversions, ...trajectories];

/** How a training's job is called, in the history of attempts, too. */
export const trainingJobId = (trajectoryKey: string): string => `train-${trajectoryKey.slice(0, 10)}`;

/** What is wanted of a training: its snapshots and, of DreamBooth, averages. */
export const weightsOf = (run: Inversion | Trajectory): WantedWeights[] =>
  'averages' in run ? [...run.snapshots, ...(run.averages ?? [])] : run.snapshots;

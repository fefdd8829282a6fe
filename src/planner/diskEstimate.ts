import type { Plan, Trajectory } from './types.ts';

const BYTES_PER_WEIGHT = 4;

/** What the work still to do will leave on the disk, in bytes. */
export interface DiskEstimate {
  snapshots: number;
  states: number;
  pictures: number;
}

/**
 * Weights are kept in float32, state holds them and AdamW's two moments (a quarter as large in eight bits); pictures are taken at 2 bytes a pixel, about
 * what PNG makes of photographs.
 *
 * @returns null where the model's files do not tell how large they are
 */
export function estimateDisk(plan: Plan): DiskEstimate | null {
  const { info } = plan.sweep.model;
  const { unetWeights, textEncoderWeights } = info;
  if (unetWeights === null || textEncoderWeights === null) return null;
  const bytesOf = ({ options }: Trajectory): number =>
    BYTES_PER_WEIGHT * (unetWeights + (options.trainTextEncoder ? textEncoderWeights : 0));

  const byKey = new Map(plan.trajectories.map(trajectory => [trajectory.key, bytesOf(trajectory)]));
  const eightBits = new Set(
    plan.trajectories.filter(({ options }) => options.use8bitAdam).map(({ key }) => key),
  );
  let snapshots = 0;
  let states = 0;
  for (const job of plan.trainingJobs) {
    const bytes = byKey.get(job.trajectoryKey) ?? 0;
    snapshots += bytes * job.snapshots.length;
    states += (1 + 2 * (eightBits.has(job.trajectoryKey) ? 0.25 : 1)) * bytes * job.keepStateAt.length;
  }
  const sampled = plan.pictureBatches.reduce(
    (sum, { sampler, missing }) => sum + missing.length * sampler.width * sampler.height,
    0,
  );
  const prior = plan.classImagesJobs.reduce(
    (sum, { sampler, count }) => sum + count * sampler.width * sampler.height,
    0,
  );
  return { snapshots, states, pictures: 2 * (sampled + prior) };
}

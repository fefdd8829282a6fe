import type { PlannedJob } from './jobs/plannedJob.ts';

/**
 * For every job the seconds from its start to the end of the longest chain of jobs that hangs on it: what should start
 * first, so that nothing long is left to do at the end (list scheduling by critical path; Kwok and Ahmad 1999, the
 * "b-level").
 */
export function criticalPaths(
  jobs: readonly PlannedJob[],
  secondsOf: (job: PlannedJob) => number,
): Map<PlannedJob, number> {
  const waiting = new Map<string, PlannedJob[]>();
  for (const job of jobs) {
    for (const key of job.needs) {
      const list = waiting.get(key);
      if (list) list.push(job);
      else waiting.set(key, [job]);
    }
  }
  const paths = new Map<PlannedJob, number>();
  // Plans have a handful of levels (class images, training, pictures, scores): the depth of the calls is that.
  const pathOf = (job: PlannedJob): number => {
    const known = paths.get(job);
    if (known !== undefined) return known;
    let behind = 0;
    for (const key of job.makes) {
      for (const next of waiting.get(key) ?? []) behind = Math.max(behind, pathOf(next));
    }
    const path = secondsOf(job) + behind;
    paths.set(job, path);
    return path;
  };
  for (const job of jobs) pathOf(job);
  return paths;
}

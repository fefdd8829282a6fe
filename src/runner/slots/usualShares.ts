import type { PlannedJob } from '../jobs/plannedJob.ts';

/** Activations and what a process needs besides: as much again as what a job cannot do without. */
const HEADROOM = 2;

/**
 * Into how many shares the CPU is cut where nobody says: trainings side by side, a thread each, get more done than one after
 * the other on all threads (docs/running.md). No more shares than trainings, than threads allow, or than fit in memory;
 * one where a job's memory is not known.
 */
export function usualShares(
  jobs: readonly Pick<PlannedJob, 'kind' | 'memoryBytes'>[],
  { cores, threads, memoryBytes }: { cores: number; threads: number | null; memoryBytes: number },
): number {
  const trainings = jobs.filter(({ kind }) => kind === 'dreambooth' || kind === 'textual-inversion');
  const largest = Math.max(...trainings.map(job => job.memoryBytes ?? Number.POSITIVE_INFINITY));
  const fitting = Math.floor(memoryBytes / (HEADROOM * largest));
  return Math.max(1, Math.min(trainings.length, fitting, Math.floor(cores / (threads ?? 1))));
}

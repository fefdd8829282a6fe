import { relative } from 'node:path';
import { counted } from '../core/counted.ts';
import { formatDuration } from '../core/formatDuration.ts';
import { shellWord } from '../core/shellWord.ts';
import type { RunEvent } from '../runner/events.ts';
import { FAILURE_CLASSES, type FailureClass } from '../stages/failures.ts';
import { inOurWords } from './program.ts';

type JobEnd = Extract<RunEvent, { event: 'jobEnd' }>;

/** Counts what a run does, for the lines at its end. */
export class RunSummary {
  #stages = 0;
  #blocked = 0;
  #seconds = 0;
  readonly #failed = new Map<FailureClass, JobEnd[]>();

  see(event: RunEvent): void {
    if (event.event === 'stage') this.#stages += 1;
    else if (event.event === 'end') this.#seconds = event.seconds;
    else if (event.event !== 'jobEnd') return;
    else if (event.outcome === 'blocked') this.#blocked += 1;
    else if (event.outcome === 'failed' || event.outcome === 'lost') {
      const failure = event.class ?? 'unknown';
      this.#failed.set(failure, [...(this.#failed.get(failure) ?? []), event]);
    }
  }

  /** Whether anything failed. */
  get failed(): boolean {
    return this.#failed.size > 0;
  }

  /** Whether anything was made. */
  get worked(): boolean {
    return this.#stages > 0;
  }

  /** Failed jobs by class. */
  get failures(): Partial<Record<FailureClass, number>> {
    return Object.fromEntries([...this.#failed].map(([failure, jobs]) => [failure, jobs.length]));
  }

  /** @param command the one that goes on from here */
  lines(command: string): string[] {
    if (this.#stages === 0 && !this.failed) return [];
    const lines = [`${counted(this.#stages, 'result')} in ${formatDuration(this.#seconds)}`];
    for (const failure of FAILURE_CLASSES) {
      const jobs = this.#failed.get(failure);
      if (!jobs) continue;
      lines.push(`failed, ${failure}: ${jobs.length}`);
      for (const { label, error } of jobs) lines.push(`  ${label}${error ? `: ${error.what}` : ''}`);
    }
    if (this.#blocked > 0) lines.push(`not started, for what they need failed: ${this.#blocked}`);
    if (this.failed) lines.push(`to try again what failed: ${command}`);
    return lines;
  }
}

/** The command as it was given, for a shell. */
export function commandLine(args: readonly string[]): string {
  return inOurWords(['sweetspot', ...args.map(shellWord)].join(' '));
}

/** A path as short as it can be said from here. */
export const fromHere = (path: string): string => relative(process.cwd(), path) || path;

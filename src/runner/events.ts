import type { SweetspotErrorJson } from '../core/errors.ts';
import type { JobKind } from '../stages/job.ts';

export type RunState = 'complete' | 'failed' | 'stopped';

/** What happens during `sweetspot run`, in order: progress on the terminal and `--json` are made of these. */
export type RunEvent =
  | { event: 'start'; sweep: string; jobs: number; steps: number; pictures: number; classImages: number }
  | { event: 'worker'; backend: string; threads: number; pid: number }
  /** What the whole run will take, before its first job; `null` where something could not be measured. */
  | { event: 'estimate'; seconds: number | null; basis: 'history' | 'measured' }
  | { event: 'job'; job: string; kind: JobKind; label: string; units: number }
  /** `remainingSeconds` is of the whole run. */
  | {
      event: 'progress';
      job: string;
      label: string;
      done: number;
      total: number;
      unit: 'step' | 'picture';
      overall: number;
      remainingSeconds: number | null;
    }
  | { event: 'metric'; job: string; step: number; loss: number; lr: number }
  | { event: 'stage'; key: string; label: string }
  | {
      event: 'jobEnd';
      job: string;
      kind: JobKind;
      label: string;
      outcome: JobOutcome;
      seconds: number;
      error?: SweetspotErrorJson;
    }
  | { event: 'warning'; message: string }
  | { event: 'end'; state: RunState; seconds: number; failures: number };

/** `blocked`: never started, because something it needs failed. */
export type JobOutcome = 'done' | 'failed' | 'stopped' | 'lost' | 'blocked';

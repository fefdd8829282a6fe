import type { SweetspotErrorJson } from '../core/errors.ts';
import type { FailureClass } from '../stages/failures.ts';
import type { JobKind } from '../stages/job.ts';

export type RunState = 'complete' | 'failed' | 'stopped';

/** What happens during `sweetspot run`, in order: progress on the terminal and `--json` are made of these. */
export type RunEvent =
  | {
      event: 'start';
      sweep: string;
      jobs: number;
      steps: number;
      pictures: number;
      classImages: number;
      /** Measurements. */
      scores: number;
    }
  /** Where jobs can run; a slot's worker starts when there is work for it. */
  | { event: 'slots'; slots: { slot: string; gpu: string | null; threads: number | null }[] }
  /** `compile`: `xla`, where XLA compiles its graphs. */
  | { event: 'worker'; slot: string; backend: string; threads: number; compile?: string; pid: number }
  /** What the whole run will take, before its first job; `null` where something could not be measured. */
  | { event: 'estimate'; seconds: number | null; basis: 'history' | 'measured' }
  | { event: 'job'; job: string; slot: string; kind: JobKind; label: string; units: number }
  /** `overall` (0 to 1) and `remainingSeconds` are of the whole run, `perSecond` and `jobSeconds` (left) of this job. */
  | {
      event: 'progress';
      job: string;
      slot: string;
      label: string;
      done: number;
      total: number;
      unit: 'step' | 'picture';
      perSecond: number | null;
      jobSeconds: number | null;
      overall: number;
      remainingSeconds: number | null;
    }
  | { event: 'metric'; job: string; slot: string; step: number; loss: number; lr: number }
  | { event: 'stage'; key: string; label: string }
  | {
      event: 'jobEnd';
      job: string;
      /** Null where it never ran. */
      slot: string | null;
      kind: JobKind;
      label: string;
      outcome: JobOutcome;
      seconds: number;
      class?: FailureClass;
      error?: SweetspotErrorJson;
      /** The end of what the worker printed. */
      log?: string;
    }
  /** Three failures in a row, or a worker that does not start: the slot gets no more work. */
  | { event: 'quarantine'; slot: string }
  | { event: 'warning'; message: string }
  | ({ event: 'end'; seconds: number } & RunEnd);

/** How a run ended. `reason` says why it ended early, where neither a stop nor an error was it. */
export interface RunEnd {
  state: RunState;
  /** Jobs that failed, and those that could not start because of them. */
  failures: number;
  reason: 'fail-fast' | 'max-failures' | null;
}

/** `blocked`: never started, because something it needs failed. */
export type JobOutcome = 'done' | 'failed' | 'stopped' | 'lost' | 'blocked';

import type { ModelCache } from './modelCache.ts';

/** What an executor has while it works on a job. Everything it says goes through here to the orchestrator. */
export interface JobContext {
  models: ModelCache;
  /** Backend, versions and threads in a line: bit-identity is promised only under the same. */
  environment: string;
  /** Aborted when the orchestrator asks for a stop, or is gone. Executors look at it after every step. */
  signal: AbortSignal;
  progress(done: number, total: number, unit: 'step' | 'picture', note?: string): void;
  metric(step: number, loss: number, lr: number): void;
  /** Announces that the folder of this output is complete. */
  output(key: string): void;
  rate(rateKey: string, secondsPerUnit: number): void;
  inform(message: string): void;
  warn(message: string): void;
}

/** Whether the job ran to its end or saved what it had when the stop came. */
export type ExecutorEnd = 'done' | 'stopped';

export type Executor<P, O> = (parameters: P, outputs: O, context: JobContext) => Promise<ExecutorEnd>;

/** Why an attempt at a job failed, as far as that decides what happens next. */
export const FAILURE_CLASSES = [
  'config',
  'data',
  'out-of-memory',
  'nan',
  'disk-full',
  'killed',
  'hung',
  'unknown',
] as const;

export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** What follows from a failure of a class. */
export interface FailureAction {
  /** Attempts at the job in one run, all in all. */
  attempts: number;
  /** Whether it may be the slot's fault: three of these in a row, and the slot gets no more work. */
  blamesSlot: boolean;
  /** Whether no other job could succeed either. */
  endsRun: boolean;
  /** For people: what was done about it, and what they can do. */
  advice: string;
}

/** Trials are deterministic: what failed by its own fault is not tried again unchanged. */
export const FAILURE_ACTIONS: Record<FailureClass, FailureAction> = {
  config: {
    attempts: 1,
    blamesSlot: false,
    endsRun: false,
    advice: 'not tried again: correct the sweep file or the model',
  },
  data: {
    attempts: 1,
    blamesSlot: false,
    endsRun: false,
    advice: 'not tried again: correct the pictures, then run again',
  },
  'out-of-memory': {
    attempts: 1,
    blamesSlot: false,
    endsRun: false,
    advice:
      'never tried again unchanged on as little memory: take fewer slots, a smaller train_batch_size with more gradient_accumulation_steps, a smaller sample_batch_size or resolution',
  },
  nan: {
    attempts: 1,
    blamesSlot: false,
    endsRun: false,
    advice: 'not tried again: take a smaller learning_rate or more lr_warmup_steps',
  },
  'disk-full': {
    attempts: 1,
    blamesSlot: false,
    endsRun: true,
    advice: 'the run ended: free some space, then run again',
  },
  killed: {
    attempts: 2,
    blamesSlot: true,
    endsRun: false,
    advice: 'tried once more from its last checkpoint: see who ends the process',
  },
  hung: {
    attempts: 2,
    blamesSlot: true,
    endsRun: false,
    advice:
      'ended and tried once more from its last checkpoint; --hang-timeout says how long silence may last',
  },
  unknown: {
    attempts: 2,
    blamesSlot: true,
    endsRun: false,
    advice: 'tried once more from its last checkpoint: see the log',
  },
};

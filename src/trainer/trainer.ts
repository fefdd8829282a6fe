import { setImmediate } from 'node:timers/promises';
import { SweetspotError } from '../core/errors.ts';
import type { StepComputation } from './stepComputation.ts';
import type { StepInput } from './stepLoss.ts';

/** What is reported of an optimizer update, as the scripts log it. */
export interface StepMetrics {
  /** From 1. */
  step: number;
  /** Of the last batch that went into the update, not divided by the accumulation. */
  loss: number;
  /** After the schedule's step: the rate of the next update. */
  lr: number;
}

export interface RunHooks {
  onStep?: (metrics: StepMetrics) => void;
  /** Looked at before every update. */
  signal?: AbortSignal;
}

/** A training in memory, whatever it trains: what runs one, stops it and goes on with it needs no more than this. */
export interface Trainer {
  /** Optimizer updates made. */
  readonly step: number;
  /** Trains until `until` updates are made, or to the stop request. */
  run(until: number, hooks?: RunHooks): Promise<'done' | 'stopped'>;
  /** Writes what samples can be made from into the folder. */
  saveWeights(dir: string): Promise<void>;
  /** {@link saveWeights} of one of the averages that are kept beside the weights, where there are any. */
  saveAverage?(dir: string, index: number): Promise<void>;
  /** Writes weights, moments and state: all that is needed to go on. */
  writeCheckpoint(dir: string): Promise<void>;
  /**
   * Goes on from a checkpoint of this training, bit for bit.
   * @param options.averageDirs where the averages are, if not in the checkpoint
   * @throws E_CHECKPOINT when it is damaged, of another training, or (unless allowed) of another environment
   */
  restoreCheckpoint(
    dir: string,
    options?: { anyEnvironment?: boolean; averageDirs?: readonly string[] },
  ): Promise<void>;
  dispose(): void;
}

/** What an update needs of a training. */
export interface Updates {
  data: { next(): Promise<{ input: StepInput; lastOfEpoch: boolean }> };
  computation: StepComputation<StepInput>;
  /** Batches that go into one update. */
  accumulation: number;
  /** Updates made. */
  step(): number;
  /** Counts one more. */
  made(): void;
  /** The learning rate of the next update. */
  rate(): number;
  /** How many groups of weights are trained. */
  groups: number;
  /** The next update's rate of each group; where absent, all have the one above. */
  rates?(): readonly number[];
}

/**
 * {@link Trainer.run}
 * @throws E_NOT_FINITE when the loss or the gradients are NaN or infinite; the weights are those of the last good step
 */
export async function runUpdates(
  until: number,
  updates: Updates,
  { onStep, signal }: RunHooks,
): Promise<'done' | 'stopped'> {
  while (updates.step() < until) {
    // Gives messages and signals a turn: nothing else in a step waits for the event loop.
    await setImmediate();
    if (signal?.aborted) return 'stopped';
    const loss = await makeUpdate(updates);
    onStep?.({ step: updates.step(), loss, lr: updates.rate() });
  }
  return 'done';
}

/**
 * One optimizer update: as many batches as are accumulated, fewer where the epoch ends (accelerate makes an update
 * there, too, with gradients divided by the full number all the same). Gives the last batch's loss.
 */
async function makeUpdate(updates: Updates): Promise<number> {
  const { data, computation, accumulation, groups } = updates;
  const rates = updates.rates?.() ?? new Array<number>(groups).fill(updates.rate());
  try {
    let loss = 0;
    for (let batches = 1; ; batches++) {
      const { input, lastOfEpoch } = await data.next();
      loss = finite(await computation.accumulate(input), 'the loss', updates);
      if (lastOfEpoch || batches === accumulation) break;
    }
    finite((await computation.apply(rates)) ?? 0, 'the gradient norm', updates);
    updates.made();
    return loss;
  } finally {
    computation.discard();
  }
}

function finite(value: number, what: string, { step, rate }: Updates): number {
  if (Number.isFinite(value)) return value;
  throw new SweetspotError('E_NOT_FINITE', `${what} is ${value}`, {
    place: `step ${step() + 1}, learning rate ${rate()}`,
    hint: 'Try a smaller learning rate or more warm-up; if it happens at the first step, the base model is damaged.',
  });
}

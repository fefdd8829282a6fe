import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';
import type { SchedulerOptions } from '../../../src/diffusion/config/schedulerConfig.ts';
import { schedulerFromOptions } from '../../../src/diffusion/schedulers/createScheduler.ts';
import type { Scheduler } from '../../../src/diffusion/schedulers/scheduler.ts';
import { withDefaults } from '../../../src/diffusion/schedulers/schedulerOptions.ts';
import type { SchedulerName } from '../../../src/stages/job.ts';

/** The sample, noise and model of diffusers' tests/schedulers/test_schedulers.py, shape [4, 3, 8, 8]. */
const SHAPE = [4, 3, 8, 8];
const SIZE = 768;

const fromFormula = (value: (i: number) => number): tf.Tensor =>
  tf.tidy(() => {
    const ascending = Float32Array.from({ length: SIZE }, (_, i) => value(i) / SIZE);
    return tf.transpose(tf.tensor(ascending, [3, 8, 8, 4]), [3, 0, 1, 2]);
  });

const dummySample = (): tf.Tensor => fromFormula(i => i);
const dummyNoise = (): tf.Tensor => fromFormula(i => SIZE - 1 - i);
const dummyModel = (sample: tf.Tensor, t: number): tf.Tensor => tf.div(tf.mul(sample, t), Math.fround(t + 1));

export interface Loop {
  name: SchedulerName;
  options?: Partial<SchedulerOptions>;
  steps?: number;
  /** Index of the first step; the sample is noised to its level first. */
  start?: number;
  /** lms and euler: diffusers' tests hand the scaled sample to the step, the pipeline the unscaled one. */
  scaledStep?: boolean;
}

/** Sum and mean of the absolute values after a whole loop, as those tests take them. */
export async function fullLoop({ name, options = {}, steps = 10, start = 0, scaledStep = true }: Loop) {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  const scheduler = schedulerFromOptions(withDefaults(name, options), steps);
  const { sumAbs } = runLoop(scheduler, start, scaledStep);
  return { sum: sumAbs, mean: sumAbs / SIZE, leaked: tf.memory().numTensors - before };
}

/** A whole loop from the dummy sample, noise of seed 0 where it is wanted; disposes the scheduler. */
export function runLoop(scheduler: Scheduler, start = 0, scaledStep = false) {
  const generator = new TorchGenerator(0);
  let sample = tf.tidy(() => {
    const initial = tf.mul(dummySample(), scheduler.initNoiseSigma);
    return start > 0 ? scheduler.addNoise(initial, dummyNoise(), start) : initial;
  });
  for (let i = start; i < scheduler.timesteps.length; i++) {
    const next = tf.tidy(() => oneStep(scheduler, generator, sample, i, scaledStep));
    sample.dispose();
    sample = next;
  }
  const values = sample.dataSync<'float32'>();
  sample.dispose();
  scheduler.dispose();
  return { values, sumAbs: values.reduce((total, value) => total + Math.abs(value), 0) };
}

function oneStep(
  scheduler: Scheduler,
  generator: TorchGenerator,
  sample: tf.Tensor,
  i: number,
  scaled: boolean,
) {
  const input = scheduler.scaleModelInput(sample, i);
  const output = dummyModel(input, scheduler.timesteps[i] ?? 0);
  const noise = scheduler.needsNoise(i) ? tf.tensor(generator.randn(SIZE), SHAPE) : undefined;
  return scheduler.step(output, i, scaled ? input : sample, noise);
}

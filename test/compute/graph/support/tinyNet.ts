import * as tf from '@tensorflow/tfjs-core';
import { expect, onTestFinished } from 'vitest';
import { valueAndGrads } from '../../../../src/compute/gradients.ts';
import { CompiledTraining } from '../../../../src/compute/graph/compiledTraining.ts';
import {
  attention,
  conv2d,
  groupNorm,
  linear,
  silu,
  upsampleNearest,
} from '../../../../src/compute/ops/index.ts';
import { AdamW } from '../../../../src/compute/optimizer/adamw.ts';
import { clipScale, globalGradNorm } from '../../../../src/compute/optimizer/gradNorm.ts';
import { Parameter } from '../../../../src/diffusion/nn/parameter.ts';
import { nativeBackend } from './native.ts';

export const OPTIMIZER = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
export const RATES = [1e-3, 3e-4];

/** A net of everything that a UNet is made of, in two groups of weights. */
export function tinyNet() {
  const shapes: [string, number[], Parameter['layout']][] = [
    ['conv.weight', [8, 3, 3, 3], 'conv'],
    ['conv.bias', [8], 'plain'],
    ['norm.weight', [8], 'plain'],
    ['norm.bias', [8], 'plain'],
    ['q.weight', [8, 8], 'linear'],
    ['down.weight', [8, 8, 3, 3], 'conv'],
    ['out.weight', [3, 8], 'linear'],
  ];
  let seed = 1;
  const parameters = shapes.map(([name, shape, layout]) => {
    const parameter = new Parameter(name, shape, layout);
    const values = tf.randomNormal([parameter.size], name === 'norm.weight' ? 1 : 0, 0.3, 'float32', seed++);
    parameter.set(values.dataSync() as Float32Array);
    values.dispose();
    return parameter;
  });
  const weight = (i: number) => (parameters[i] as Parameter).value;
  const forward = (x: tf.Tensor4D): tf.Tensor4D => {
    const [batch, height, width] = x.shape;
    let h = conv2d(x, weight(0), weight(1), { stride: 1, padding: [1, 1, 1, 1] });
    h = groupNorm(h, weight(2), weight(3), { groups: 2, eps: 1e-5, silu: true });
    const rows = tf.reshape(h, [batch, height * width, 8]) as tf.Tensor3D;
    const q = linear(rows, weight(4), null) as tf.Tensor3D;
    h = tf.add(h, tf.reshape(attention(q, rows, rows, { heads: 2, causal: false }), h.shape));
    h = conv2d(h, weight(5), null, { stride: 2, padding: [1, 1, 1, 1] });
    h = upsampleNearest(silu(h), [height, width]);
    return linear(h, weight(6), null) as tf.Tensor4D;
  };
  const loss = ({ x, y }: tf.NamedTensorMap): tf.Scalar =>
    tf.mean(tf.squaredDifference(forward(x as tf.Tensor4D), y as tf.Tensor4D));
  onTestFinished(() => {
    for (const parameter of parameters) parameter.dispose();
  });
  return { parameters, groups: [parameters.slice(0, 4), parameters.slice(4)], loss };
}

export type Net = ReturnType<typeof tinyNet>;

export function compiled({ groups, loss }: Net, { eightBits = false, averages = 0 } = {}): CompiledTraining {
  const training = new CompiledTraining({
    backend: nativeBackend(),
    loss,
    groups: groups.map(weights => weights.map(weight => ({ name: weight.name, weight }))),
    frozen: [],
    optimizer: { ...OPTIMIZER, eightBits },
    checkpointing: false,
    precision: 'float32',
    averages,
    identity: 'tiny net',
  });
  onTestFinished(() => training.dispose());
  return training;
}

export function batch(seed: number, size = 2): tf.NamedTensorMap {
  const tensors = {
    x: tf.randomNormal([size, 6, 4, 3], 0, 1, 'float32', seed),
    y: tf.randomNormal([size, 6, 4, 3], 0, 1, 'float32', seed + 1000),
  };
  onTestFinished(() => tf.dispose(tensors));
  return tensors;
}

export const weightsOf = ({ parameters }: Net): number[] =>
  parameters.flatMap(parameter => Array.from(parameter.get()));

export function worstDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

export function step(training: CompiledTraining, inputs: tf.NamedTensorMap): { loss: number; norm: number } {
  const { loss, squares } = training.accumulate(inputs);
  training.update(RATES, clipScale(Math.sqrt(squares), 1));
  return { loss, norm: Math.sqrt(squares) };
}

/** AdamW op by op for a net's weights. */
export function eagerOptimizer({ groups }: Net, { eightBits = false } = {}): AdamW {
  const variables = groups.flat().map(({ value }) => value);
  const optimizer = new AdamW(variables, { ...OPTIMIZER, eightBits });
  onTestFinished(() => optimizer.dispose());
  return optimizer;
}

/** Every loss and norm of 20 steps beside those of `twin`, trained op by op: the worst relative difference. */
export function worstOf20(training: CompiledTraining, twin: Net, optimizer: AdamW): number {
  const variables = twin.groups.flat().map(({ value }) => value);
  const rates = twin.groups.flatMap((weights, group) => weights.map(() => RATES[group] ?? 0));
  let worst = 0;
  for (let i = 0; i < 20; i++) {
    const inputs = batch(i);
    const { loss, norm } = step(training, inputs);
    const { value, grads } = valueAndGrads(() => twin.loss(inputs), variables);
    const [wanted = 0] = value.dataSync();
    const wantedNorm = globalGradNorm(grads);
    optimizer.step(grads, rates, clipScale(wantedNorm, 1));
    tf.dispose([value, ...grads]);
    worst = Math.max(worst, Math.abs(loss - wanted) / wanted, Math.abs(norm - wantedNorm) / wantedNorm);
  }
  if (process.env.SWEETSPOT_SHOW) console.log('20 steps, worst relative difference', worst);
  return worst;
}

import * as tf from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished } from 'vitest';
import { valueAndGrads } from '../../../src/compute/gradients.ts';
import { CompiledTraining } from '../../../src/compute/graph/compiledTraining.ts';
import { linear, silu } from '../../../src/compute/ops/index.ts';
import { AdamW, type AdamWState } from '../../../src/compute/optimizer/adamw.ts';
import { SIGNED_CODE, UNSIGNED_CODE } from '../../../src/compute/optimizer/dynamicCode.ts';
import { areQuantized } from '../../../src/compute/optimizer/moments.ts';
import { Parameter } from '../../../src/diffusion/nn/parameter.ts';
import { describeNative, nativeBackend, ownGraphCache } from './support/native.ts';

const OPTIMIZER = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, eightBits: true };
const RATE = 1e-3;

/** Two layers: of whole blocks, of blocks with a rest, and a bias that stays in float32. */
function twoLayers() {
  const shapes: [string, number[], Parameter['layout']][] = [
    ['first.weight', [64, 80], 'linear'],
    ['first.bias', [64], 'plain'],
    ['second.weight', [67, 64], 'linear'],
  ];
  const parameters = shapes.map(([name, shape, layout], i) => {
    const parameter = new Parameter(name, shape, layout);
    const values = tf.randomNormal([parameter.size], 0, 0.1, 'float32', i + 1);
    parameter.set(values.dataSync() as Float32Array);
    values.dispose();
    return parameter;
  });
  const weight = (i: number) => (parameters[i] as Parameter).value;
  const loss = ({ x, y }: tf.NamedTensorMap): tf.Scalar => {
    const hidden = silu(linear(x as tf.Tensor2D, weight(0), weight(1)));
    return tf.mean(tf.squaredDifference(linear(hidden, weight(2), null), y as tf.Tensor));
  };
  onTestFinished(() => {
    for (const parameter of parameters) parameter.dispose();
  });
  return { parameters, loss };
}

function compiled({ parameters, loss }: ReturnType<typeof twoLayers>): CompiledTraining {
  const training = new CompiledTraining({
    backend: nativeBackend(),
    loss,
    groups: [parameters.map(weight => ({ name: weight.name, weight }))],
    frozen: [],
    optimizer: OPTIMIZER,
    checkpointing: false,
    precision: 'float32',
    identity: 'two layers',
  });
  onTestFinished(() => training.dispose());
  return training;
}

function batch(seed: number): tf.NamedTensorMap {
  const inputs = {
    x: tf.randomNormal([16, 80], 0, 1, 'float32', seed),
    y: tf.randomNormal([16, 67], 0, 1, 'float32', seed + 1000),
  };
  onTestFinished(() => tf.dispose(inputs));
  return inputs;
}

const weightsOf = (parameters: readonly Parameter[]): number[] =>
  parameters.flatMap(parameter => Array.from(parameter.get()));

/** Moments as numbers over their scale, in a row. */
const numbersOf = ({ moments }: AdamWState, which: 'm' | 'v'): number[] =>
  moments.flatMap(pair => {
    if (!areQuantized(pair)) return Array.from(pair[which]);
    const { values } = which === 'm' ? SIGNED_CODE : UNSIGNED_CODE;
    return Array.from(pair[which].codes, code => Number(values[code]));
  });

describeNative('a compiled training with moments in eight bits', () => {
  it('gives the losses, weights and moments of the eager one', () => {
    ownGraphCache();
    const [net, twin] = [twoLayers(), twoLayers()];
    const training = compiled(net);
    const variables = twin.parameters.map(({ value }) => value);
    const optimizer = new AdamW(variables, OPTIMIZER);
    const inputs = batch(1);
    let worst = 0;
    for (let i = 0; i < 20; i++) {
      const { loss } = training.accumulate(inputs);
      training.update([RATE], 1);
      const { value, grads } = valueAndGrads(() => twin.loss(inputs), variables);
      const [wanted = 0] = value.dataSync();
      optimizer.step(grads, RATE, 1);
      tf.dispose([value, ...grads]);
      worst = Math.max(worst, Math.abs(loss - wanted) / wanted);
    }
    const [state, twinState] = [training.state(), optimizer.state()];
    const weights = weightsOf(twin.parameters);
    const apart = weightsOf(net.parameters).map((value, i) => Math.abs(value - Number(weights[i])));
    expect(state.step).toBe(20);
    const other = (['m', 'v'] as const).map(which => {
      const wanted = numbersOf(twinState, which);
      const far = numbersOf(state, which).filter((value, i) => Math.abs(value - Number(wanted[i])) > 1e-3);
      return far.length / wanted.length;
    });
    if (process.env.SWEETSPOT_SHOW) console.log('8 bits, 20 steps', worst, Math.max(...apart), other);
    // The last digits decide which of two codes a number on their border gets.
    expect(worst).toBeLessThan(1e-4);
    expect(Math.max(...apart)).toBeLessThan(RATE);
    expect(apart.reduce((sum, value) => sum + value, 0) / apart.length).toBeLessThan(1e-3 * RATE);
    expect(Math.max(...other)).toBeLessThan(0.02);
    optimizer.dispose();
  });

  it('goes on from a state bit for bit', () => {
    ownGraphCache();
    const steps = (training: CompiledTraining, from: number, to: number) => {
      for (let i = from; i < to; i++) {
        training.accumulate(batch(i));
        training.update([RATE], 0.5);
      }
    };
    const net = twoLayers();
    const straight = compiled(net);
    steps(straight, 0, 3);
    const saved = { weights: net.parameters.map(parameter => parameter.get()), state: straight.state() };
    expect(saved.state.moments.map(areQuantized)).toEqual([true, false, true]);
    steps(straight, 3, 6);
    const twin = twoLayers();
    const resumed = compiled(twin);
    twin.parameters.forEach((parameter, i) => {
      parameter.set(saved.weights[i] ?? new Float32Array());
    });
    resumed.restore(saved.state);
    expect(resumed.state()).toEqual(saved.state);
    steps(resumed, 3, 6);
    expect(weightsOf(twin.parameters)).toEqual(weightsOf(net.parameters));
    expect(resumed.state()).toEqual(straight.state());
  });
});

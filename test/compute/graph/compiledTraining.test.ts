import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { LoadedGraph } from '../../../src/compute/graph/loadedGraph.ts';
import { clipScale } from '../../../src/compute/optimizer/gradNorm.ts';
import type { Parameter } from '../../../src/diffusion/nn/parameter.ts';
import { EmaWeights } from '../../../src/trainer/emaWeights.ts';
import type { AverageHome } from '../../../src/trainer/stepComputation.ts';
import { describeNative, nativeBackend, ownGraphCache } from './support/native.ts';
import {
  batch,
  compiled,
  eagerOptimizer,
  RATES,
  step,
  tinyNet,
  weightsOf,
  worstDifference,
  worstOf20,
} from './support/tinyNet.ts';

describeNative('a compiled training', () => {
  it('gives the losses, norms, weights and moments of the eager one', () => {
    ownGraphCache();
    const net = tinyNet();
    const twin = tinyNet();
    const training = compiled(net);
    const optimizer = eagerOptimizer(twin);
    expect(worstOf20(training, twin, optimizer)).toBeLessThan(2e-6);
    expect(worstDifference(weightsOf(net), weightsOf(twin))).toBeLessThan(1e-5);
    const [state, twinState] = [training.state(), optimizer.state()];
    expect(state.step).toBe(20);
    for (const which of ['m', 'v'] as const) {
      const [got, wanted] = [state, twinState].map(({ moments }) =>
        moments.flatMap(pair => Array.from(pair[which] as Float32Array)),
      );
      expect(worstDifference(got ?? [], wanted ?? [])).toBeLessThan(1e-5);
    }
  });

  it('leaves its graph, which took seconds to prepare, to the next one of its kind', () => {
    ownGraphCache();
    const graphs = () => nativeBackend().binding.getNumOfSavedModels();
    const before = graphs();
    const results = [0, 1].map(() => {
      const net = tinyNet();
      const training = compiled(net);
      const own = [1, 2, 3].map(i => step(training, batch(i, 2)).loss);
      const weights = weightsOf(net);
      const { moments } = training.state();
      training.dispose();
      expect(weightsOf(net)).toEqual(weights);
      return { own, weights, moments };
    });
    // Nothing of the first is left in it.
    expect(results[1]).toEqual(results[0]);
    expect(graphs() - before).toBe(1);
  });

  it('knows from the one before that an epoch ends with a smaller batch', () => {
    ownGraphCache();
    const set = vi.spyOn(LoadedGraph.prototype, 'set');
    onTestFinished(() => set.mockRestore());
    const [first, second] = [0, 1].map(() => {
      set.mockClear();
      const training = compiled(tinyNet());
      const losses = [batch(1, 3), batch(2, 1), batch(3, 3)].map(inputs => step(training, inputs).loss);
      training.dispose();
      return { losses, moved: set.mock.calls.length };
    });
    expect(second?.losses).toEqual(first?.losses);
    // Weights go into a graph; then into another one, with the moments. The second training needs one graph alone.
    expect([first?.moved, second?.moved]).toEqual([3, 1]);
  });

  it('keeps moving averages to the bit as they are kept outside, through batches of another shape', async () => {
    ownGraphCache();
    const net = tinyNet();
    const groups = [{ part: 'unet', parameters: net.parameters }] as const;
    const training = compiled(net, { averages: 2 });
    const options = {
      decay: 0.9,
      minDecay: 0,
      updateAfterStep: 0,
      useEmaWarmup: false,
      invGamma: 1,
      power: 1,
    };
    const home = (which: number): AverageHome => ({
      update: (rest, values) => training.updateAverage(which, rest, values),
      take: () => training.takeAverage(which),
    });
    const averages = [0.9, 0.2].map((decay, which) => ({
      inside: new EmaWeights(groups, { ...options, decay }, () => home(which)),
      outside: new EmaWeights(groups, { ...options, decay }),
    }));
    const [{ inside: slow }, { inside: fast }] = averages as [(typeof averages)[0], (typeof averages)[0]];
    const worn = (average: EmaWeights) => average.worn(async () => weightsOf(net));
    for (let update = 1; update <= 8; update++) {
      step(training, batch(update, update === 5 ? 1 : 2));
      for (const average of averages.flatMap(({ inside, outside }) => [inside, outside])) {
        average.update(update);
        // What is written while it is worn becomes the average.
        if (update === 3)
          await average.worn(async () => net.parameters[2]?.set(new Float32Array(8).fill(0.5)));
      }
    }
    for (const { inside, outside } of averages) expect(await worn(inside)).toEqual(await worn(outside));
    expect(await worn(slow)).not.toEqual(await worn(fast));
    expect(await worn(slow)).not.toEqual(weightsOf(net));
  });

  it('gives the same update for two halves of a batch as for the whole', () => {
    ownGraphCache();
    const [net, twin] = [tinyNet(), tinyNet()];
    const [inHalves, atOnce] = [compiled(net), compiled(twin)];
    for (let i = 0; i < 4; i++) {
      const whole = batch(i, 4);
      const halves = [0, 2].map(from => {
        const cut = (t: tf.Tensor | undefined) => tf.slice(t as tf.Tensor, [from, 0, 0, 0], [2, -1, -1, -1]);
        return { x: cut(whole.x), y: cut(whole.y) };
      });
      const norms = halves.map(half => inHalves.accumulate(half).squares);
      inHalves.update(RATES, 0.5);
      const { squares } = atOnce.accumulate(whole);
      atOnce.update(RATES, 1);
      expect(Math.sqrt(norms[1] ?? 0) / 2).toBeCloseTo(Math.sqrt(squares), 4);
      tf.dispose(halves);
    }
    expect(worstDifference(weightsOf(net), weightsOf(twin))).toBeLessThan(2e-5);
  });

  it('keeps weights, moments and gradients when a batch of another shape comes', () => {
    ownGraphCache();
    const [net, twin] = [tinyNet(), tinyNet()];
    const [mixed, known] = [compiled(net), compiled(twin)];
    step(known, batch(50, 1));
    step(known, batch(51, 3));
    for (const [i, parameter] of twin.parameters.entries())
      parameter.set(net.parameters[i]?.get() ?? new Float32Array());
    known.restore(mixed.state());
    for (const training of [mixed, known]) {
      step(training, batch(1, 1));
      training.accumulate(batch(2, 1));
      const { squares } = training.accumulate(batch(3, 3));
      training.update(RATES, clipScale(Math.sqrt(squares), 1));
    }
    expect(weightsOf(net)).toEqual(weightsOf(twin));
  });

  it('lets weights be read and changed on the way', () => {
    ownGraphCache();
    const net = tinyNet();
    const training = compiled(net);
    const before = weightsOf(net);
    step(training, batch(1));
    const after = weightsOf(net);
    expect(worstDifference(before, after)).toBeGreaterThan(1e-4);
    const first = net.parameters[0] as Parameter;
    const values = first.get();
    // As a variable, as files are loaded, and unchanged.
    expect(Array.from(first.value.dataSync())).toHaveLength(values.length);
    const zeros = new Float32Array(values.length);
    first.set(zeros);
    expect(first.get()).toEqual(zeros);
    step(training, batch(2));
    first.set(zeros);
    training.accumulate(batch(2));
    expect(first.get()).toEqual(zeros);
    training.dispose();
    expect(first.value.shape).toEqual([3, 3, 3, 8]);
    expect(first.get()).toEqual(zeros);
  });

  it('shows weights that stay in the graph', () => {
    ownGraphCache();
    const net = tinyNet();
    const training = compiled(net);
    step(training, batch(1));
    const set = vi.spyOn(LoadedGraph.prototype, 'set');
    const seen = net.parameters.map(parameter => parameter.peek());
    const { loss } = step(training, batch(1));
    expect(set).not.toHaveBeenCalled();
    set.mockRestore();
    expect(loss).toBeGreaterThan(0);
    const first = net.parameters[1] as Parameter;
    expect(worstDifference([...(seen[1] ?? [])], [...first.peek()])).toBeGreaterThan(1e-5);
    expect([...first.peek()]).toEqual([...first.get()]);
  });

  it('goes on from a state bit for bit, also from the cache', () => {
    const cache = ownGraphCache();
    const net = tinyNet();
    const straight = compiled(net);
    for (let i = 0; i < 3; i++) step(straight, batch(i));
    const saved = { weights: net.parameters.map(parameter => parameter.get()), state: straight.state() };
    for (let i = 3; i < 6; i++) step(straight, batch(i));
    expect(readdirSync(cache)).toHaveLength(1);

    const twin = tinyNet();
    const resumed = compiled(twin);
    for (const [i, parameter] of twin.parameters.entries())
      parameter.set(saved.weights[i] ?? new Float32Array());
    resumed.restore(saved.state);
    expect(resumed.state()).toEqual(saved.state);
    for (let i = 3; i < 6; i++) step(resumed, batch(i));
    expect(weightsOf(twin)).toEqual(weightsOf(net));
    expect(resumed.state()).toEqual(straight.state());
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it.each(['saved_model.pb', 'layout.json'])('makes a graph anew whose %s is damaged', file => {
    const cache = ownGraphCache();
    const first = step(compiled(tinyNet()), batch(1));
    const [entry = ''] = readdirSync(cache);
    writeFileSync(join(cache, entry, file), 'damaged');
    expect(step(compiled(tinyNet()), batch(1))).toEqual(first);
    expect(readdirSync(cache)).toEqual([entry]);
  });

  it('leaves nothing behind in 500 steps', () => {
    ownGraphCache();
    const training = compiled(tinyNet());
    const inputs = batch(1);
    for (let i = 0; i < 50; i++) step(training, inputs);
    const tensors = [tf.memory().numTensors, nativeBackend().binding.getNumOfTensors()];
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 450; i++) step(training, inputs);
    expect([tf.memory().numTensors, nativeBackend().binding.getNumOfTensors()]).toEqual(tensors);
    expect(process.memoryUsage().rss - before).toBeLessThan(32e6);
  });

  it('says what is wrong', () => {
    ownGraphCache();
    const net = tinyNet();
    const training = compiled(net);
    expect(() => training.restore({ step: 1, moments: [] })).toThrow(/does not fit/);
    const random = compiled({
      ...net,
      loss: inputs => tf.add(net.loss(inputs), tf.mean(tf.randomNormal([70000]))),
    });
    expect(() => random.accumulate(batch(1))).toThrow(/frozen into the graph/);
    const reading = compiled({ ...net, loss: ({ x }) => tf.scalar((x as tf.Tensor).dataSync()[0] ?? 0) });
    expect(() => reading.accumulate({ x: tf.ones([1]) })).toThrow(/read while a graph is recorded/);
    const foreign = tf.exp(tf.ones([1]));
    const outside = compiled({ ...net, loss: ({ x }) => tf.mean(tf.add(x as tf.Tensor, foreign)) });
    expect(() => outside.accumulate({ x: tf.ones([1]) })).toThrow(/comes from outside/);
    // None of this has hurt the weights, or the training that works.
    expect(step(training, batch(1)).loss).toBeGreaterThan(0);
  });
});

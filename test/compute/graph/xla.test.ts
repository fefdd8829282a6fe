import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CompiledFunction } from '../../../src/compute/graph/compiledFunction.ts';
import { chooseCompiling, hearFallbacks } from '../../../src/compute/graph/compiling.ts';
import { LoadedGraph } from '../../../src/compute/graph/loadedGraph.ts';
import { outputName } from '../../../src/compute/graph/outputNames.ts';
import { shapeRules } from '../../../src/compute/graph/shapes/inferTypes.ts';
import { xlaFlags } from '../../../src/compute/graph/xlaCache.ts';
import { clipScale } from '../../../src/compute/optimizer/gradNorm.ts';
import { describeNative, ownGraphCache } from './support/native.ts';
import {
  batch,
  compiled,
  eagerOptimizer,
  RATES,
  step,
  tinyNet,
  weightsOf,
  worstOf20,
} from './support/tinyNet.ts';

it('knows what every operation of a graph calls its output', () => {
  for (const op of shapeRules.keys()) expect(outputName(op)).toMatch(/^[a-z]+$/);
  expect(() => outputName('Unheard')).toThrow(/Unheard/);
});

describe("where XLA's programs are kept", () => {
  it('is a folder of the library and the processor, of which the newest stay', () => {
    const graphs = ownGraphCache();
    const flags = xlaFlags('library one', '--tf_xla_clustering_debug');
    const [, folder = ''] =
      /^--tf_xla_clustering_debug --tf_xla_persistent_cache_directory="(.+)"$/.exec(flags) ?? [];
    expect(folder.startsWith(join(graphs, '..', 'xla'))).toBe(true);
    expect(xlaFlags('library two', '')).not.toContain(folder);
    for (let i = 0; i < 40; i++) {
      writeFileSync(join(folder, `program${i}`), '');
      utimesSync(join(folder, `program${i}`), i, i);
    }
    xlaFlags('library one', '');
    expect(readdirSync(folder)).toHaveLength(32);
    expect(readdirSync(folder)).not.toContain('program7');
    expect(readdirSync(folder)).toContain('program8');
  });

  it('is what the user says, and nowhere without a folder', () => {
    const graphs = ownGraphCache();
    const given = '--tf_xla_persistent_cache_directory=/elsewhere';
    expect(xlaFlags('library', given)).toBe(given);
    mkdirSync(join(graphs, '..'), { recursive: true });
    writeFileSync(join(graphs, '..', 'xla'), 'not a folder');
    expect(xlaFlags('library', '')).toBe('');
  });
});

/** What is told of fallbacks while the test runs. */
function warnings(): string[] {
  const heard: string[] = [];
  hearFallbacks(message => heard.push(message));
  onTestFinished(() => hearFallbacks(() => undefined));
  return heard;
}

describeNative('XLA', () => {
  beforeEach(() => {
    ownGraphCache();
    chooseCompiling('xla');
    onTestFinished(() => chooseCompiling(undefined));
  });

  it.each([false, true])(
    'gives the losses and norms of the eager training; moments in 8 bits: %s',
    eightBits => {
      const heard = warnings();
      const twin = tinyNet();
      const optimizer = eagerOptimizer(twin, { eightBits });
      const worst = worstOf20(compiled(tinyNet(), { eightBits }), twin, optimizer);
      expect(worst).toBeLessThan(1e-5);
      expect(heard).toEqual([]);
    },
  );

  it('goes on from a state bit for bit', () => {
    const net = tinyNet();
    const straight = compiled(net);
    for (let i = 0; i < 3; i++) step(straight, batch(i));
    const saved = { weights: net.parameters.map(parameter => parameter.get()), state: straight.state() };
    for (let i = 3; i < 6; i++) step(straight, batch(i));
    const twin = tinyNet();
    const resumed = compiled(twin);
    for (const [i, parameter] of twin.parameters.entries())
      parameter.set(saved.weights[i] ?? new Float32Array());
    resumed.restore(saved.state);
    for (let i = 3; i < 6; i++) step(resumed, batch(i));
    expect(weightsOf(twin)).toEqual(weightsOf(net));
    expect(resumed.state()).toEqual(straight.state());
  });

  it('shares no graph with those that it did not compile', () => {
    const cache = ownGraphCache();
    step(compiled(tinyNet()), batch(1));
    const [own = ''] = readdirSync(cache);
    expect(readFileSync(join(cache, own, 'saved_model.pb'), 'latin1')).toContain('_XlaMustCompile');
    chooseCompiling('on');
    step(compiled(tinyNet()), batch(1));
    expect(readdirSync(cache)).toHaveLength(2);
  });

  it('leaves a training that it cannot compile to TensorFlow, with one warning, and loses nothing', () => {
    const heard = warnings();
    chooseCompiling('on');
    const [net, twin] = [tinyNet(), tinyNet()];
    const plain = compiled(twin);
    const whole = [1, 2, 3].map(i => step(plain, batch(i)));
    chooseCompiling('xla');
    const training = compiled(net);
    const all = [step(training, batch(1))];
    // Two batches make one update from here on: `add` is compiled at the second.
    training.accumulate(batch(2));
    const real = LoadedGraph.prototype.run;
    const run = vi.spyOn(LoadedGraph.prototype, 'run').mockImplementation(function (
      this: LoadedGraph,
      name,
      inputs,
    ) {
      if (name.startsWith('add') && heard.length === 0) throw new Error('no kernel for that\n\t [[call]]');
      return real.call(this, name, inputs);
    });
    const { squares } = training.accumulate(batch(2));
    run.mockRestore();
    expect(heard).toEqual(['training is computed without XLA: no kernel for that']);
    training.update(RATES, clipScale(Math.sqrt(squares) / 2, 1) / 2);
    all.push(whole[1] as (typeof whole)[0], step(training, batch(3)));
    all.forEach(({ loss, norm }, i) => {
      expect(loss / (whole[i]?.loss ?? 0)).toBeCloseTo(1, 5);
      expect(norm / (whole[i]?.norm ?? 0)).toBeCloseTo(1, 5);
    });
    expect(training.state().step).toBe(3);
    expect(heard).toHaveLength(1);
  });

  it('does not repeat what it has not compiled', () => {
    const heard = warnings();
    const training = compiled(tinyNet());
    training.accumulate(batch(1));
    const run = vi.spyOn(LoadedGraph.prototype, 'run').mockImplementationOnce(() => {
      throw new Error('half done');
    });
    expect(() => training.update(RATES, 1)).toThrow('half done');
    run.mockRestore();
    expect(heard).toEqual([]);
  });

  it('compiles functions, and leaves those that it cannot to TensorFlow', () => {
    const heard = warnings();
    const compiledOf = (name: string) => {
      const compiledOne = new CompiledFunction({
        name,
        compute: ({ x }) => ({ y: tf.mul(tf.exp(x as tf.Tensor), 2), z: tf.sum(x as tf.Tensor) }),
        weights: [],
        identity: name,
      });
      onTestFinished(() => compiledOne.dispose());
      return () =>
        tf.tidy(() => {
          const { y, z } = compiledOne.run({ x: tf.tensor1d([0, 1]) });
          return [...(y?.dataSync() ?? []), ...(z?.dataSync() ?? [])];
        });
    };
    const wanted = [2, 2 * Math.E, 1];
    const values = compiledOf('a function')();
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] ?? 0, 5);
    });
    const run = vi.spyOn(LoadedGraph.prototype, 'run').mockImplementationOnce(() => {
      throw new Error('no kernel for that');
    });
    const other = compiledOf('another');
    for (const value of [other(), other()]) expect(value[1]).toBeCloseTo(2 * Math.E, 5);
    run.mockRestore();
    expect(heard).toEqual(['another is computed without XLA: no kernel for that']);
  });
});

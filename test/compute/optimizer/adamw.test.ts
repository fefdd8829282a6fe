import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { AdamW, type AdamWOptions } from '../../../src/compute/optimizer/adamw.ts';
import { clipScale, globalGradNorm } from '../../../src/compute/optimizer/gradNorm.ts';
import { SweetspotError } from '../../../src/core/errors.ts';
import { BACKENDS } from '../../support/backends.ts';

interface Golden {
  updates: {
    name: string;
    options: AdamWOptions;
    lrs: number[];
    gradScale: number;
    shapes: number[][];
    start: number[][];
    grads: number[][][];
    end: number[][];
    m: number[][];
    v: number[][];
  }[];
  clips: {
    name: string;
    maxNorm: number;
    grads: number[][];
    shapes: number[][];
    norm: number;
    clipped: number[][];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/adamw/adamw.json', import.meta.url), 'utf8'),
) as Golden;
const DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
const floats = (values: number[]): number[] => Array.from(Float32Array.from(values));
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

/** The formulas of the paper in double precision, one weight. */
function reference(p: number, grads: number[], lr: number, o: AdamWOptions): number {
  let [w, m, v] = [p, 0, 0];
  grads.forEach((g, i) => {
    w -= lr * o.weightDecay * w;
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    const mHat = m / (1 - o.beta1 ** (i + 1));
    const vHat = v / (1 - o.beta2 ** (i + 1));
    w -= (lr * mHat) / (Math.sqrt(vHat) + o.eps);
  });
  return w;
}

describe.each(BACKENDS)('AdamW on %s', name => {
  beforeAll(async () => {
    await initBackend({ name, threads: 1 });
  });
  afterAll(async () => (await initBackend({ name, threads: 1 })).dispose());

  it.each(golden.updates)('does what torch recorded: $name', g => {
    const variables = g.start.map((start, i) =>
      tf.tidy(() => tf.variable(tf.tensor(start, at(g.shapes, i)))),
    );
    const optimizer = new AdamW(variables, g.options);
    g.grads.forEach((step, i) => {
      const grads = step.map((values, k) => tf.tensor(values, at(g.shapes, k)));
      optimizer.step(grads, at(g.lrs, i), g.gradScale);
      tf.dispose(grads);
    });
    const { step, moments } = optimizer.state();
    expect(step).toBe(g.grads.length);
    variables.forEach((variable, i) => {
      expect(Array.from(moments[i]?.m as Float32Array)).toEqual(floats(at(g.m, i)));
      expect(Array.from(moments[i]?.v as Float32Array)).toEqual(floats(at(g.v, i)));
      // A square root one bit off makes a step of about lr wrong by 1e-7 of it.
      const reach = Math.max(...g.lrs) * g.grads.length;
      variable.dataSync().forEach((value, j) => {
        const wanted = at(at(g.end, i), j);
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(2e-7 * (Math.abs(wanted) + reach));
      });
    });
    optimizer.dispose();
    tf.dispose(variables);
  });

  it('follows the formulas in double precision', () => {
    const sizes = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(sizes, { minLength: 1, maxLength: 6 }),
        fc.array(sizes, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 1e-6, max: 0.1, noNaN: true }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        (weights, grads, lr, weightDecay) => {
          const options = { ...DEFAULTS, eps: 1e-3, weightDecay };
          const variable = tf.tidy(() => tf.variable(tf.tensor1d(weights)));
          const optimizer = new AdamW([variable], options);
          for (const g of grads) {
            const grad = tf.fill([weights.length], g);
            optimizer.step([grad], lr, 1);
            grad.dispose();
          }
          const got = variable.dataSync();
          variable.dispose();
          weights.forEach((p, i) => {
            const wanted = reference(Math.fround(p), grads.map(Math.fround), lr, options);
            expect(Math.abs((got[i] ?? Number.NaN) - wanted)).toBeLessThan(1e-6 * (1 + Math.abs(wanted)));
          });
        },
      ),
      { numRuns: 30, seed: 7 },
    );
  });

  it('goes on bit for bit from a saved state', () => {
    const values = [0.5, -0.25, 3, 1e-3];
    const grad = (i: number) => tf.tensor1d([i * 0.3, -1, 0.01 * i, i]);
    const train = (optimizer: AdamW, from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const g = grad(i);
        optimizer.step([g], 0.01, 0.5);
        g.dispose();
      }
    };
    const [a, b] = [tf.variable(tf.tensor1d(values)), tf.variable(tf.tensor1d(values))];
    const whole = new AdamW([a], DEFAULTS);
    train(whole, 0, 6);
    const first = new AdamW([b], DEFAULTS);
    train(first, 0, 3);
    const state = first.state();
    train(new AdamW([tf.variable(tf.tensor1d(values))], DEFAULTS), 0, 1);
    const second = new AdamW([b], DEFAULTS);
    second.restore(state);
    train(second, 3, 6);
    expect(Array.from(b.dataSync())).toEqual(Array.from(a.dataSync()));
    expect(second.state()).toEqual(whole.state());
    // The state is a copy: going on did not change it.
    expect(state.step).toBe(3);
    expect(state.moments[0]?.m).not.toEqual(second.state().moments[0]?.m);
  });

  it('leaves copies of a variable alone, and matrix products see the new weights', () => {
    const weight = tf.tidy(() => tf.variable(tf.ones([8, 8])));
    const x = tf.ones([4, 8]);
    const product = () =>
      tf.tidy(() => tf.matMul(x as tf.Tensor2D, weight as unknown as tf.Tensor2D).dataSync()[0] as number);
    expect(product()).toBe(8);
    const optimizer = new AdamW([weight], { ...DEFAULTS, weightDecay: 0 });
    const grad = tf.ones([8, 8]);
    optimizer.step([grad], 0.5, 1);
    expect(product()).toBeCloseTo(4, 5);
    const before = tf.clone(weight);
    const kept = before.dataSync()[0];
    optimizer.step([grad], 0.25, 1);
    expect(before.dataSync()[0]).toBe(kept);
    expect(product()).toBeCloseTo(2, 5);
    tf.dispose([weight, x, grad, before]);
  });

  it('makes no tensors that stay', () => {
    const variable = tf.tidy(() => tf.variable(tf.ones([5, 3])));
    const optimizer = new AdamW([variable], DEFAULTS);
    const grad = tf.ones([5, 3]);
    const { numTensors, numDataBuffers } = tf.memory();
    for (let i = 0; i < 3; i++) optimizer.step([grad], 0.1, 1);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    tf.dispose([variable, grad]);
  });

  it('refuses gradients and states of other sizes', () => {
    const variable = tf.variable(tf.ones([4]));
    const optimizer = new AdamW([variable], DEFAULTS);
    const grad = tf.ones([3]);
    const three = { m: new Float32Array(3), v: new Float32Array(3) };
    expect(() => optimizer.step([grad], 0.1, 1)).toThrow(/wrong size/);
    expect(() => optimizer.step([], 0.1, 1)).toThrow(/one gradient/);
    expect(() => optimizer.restore({ step: 1, moments: [three] })).toThrow(SweetspotError);
    expect(() => optimizer.restore({ step: 1, moments: [] })).toThrow(/does not fit/);
    tf.dispose([variable, grad]);
  });

  it.each(golden.clips)('measures and clips gradients as torch recorded: $name', g => {
    const grads = g.grads.map((values, i) => tf.tensor(values, at(g.shapes, i)));
    const norm = globalGradNorm(grads);
    expect(norm / g.norm).toBeCloseTo(1, 6);
    const scale = clipScale(norm, g.maxNorm);
    grads.forEach((grad, i) => {
      grad.dataSync().forEach((value, j) => {
        expect(Math.abs(value * scale - at(at(g.clipped, i), j))).toBeLessThan(1e-6);
      });
    });
    tf.dispose(grads);
  });

  it('says that a norm is not finite', () => {
    const grad = tf.tensor1d([1, Number.NaN]);
    expect(globalGradNorm([grad])).toBeNaN();
    expect(clipScale(Number.NaN, 1)).toBeNaN();
    expect(clipScale(0, 1)).toBe(1);
    grad.dispose();
  });
});

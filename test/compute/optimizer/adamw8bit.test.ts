import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { valueAndGrads } from '../../../src/compute/gradients.ts';
import { AdamW, type AdamWOptions, type AdamWState } from '../../../src/compute/optimizer/adamw.ts';
import {
  BLOCK,
  type DynamicCode,
  SIGNED_CODE,
  UNSIGNED_CODE,
} from '../../../src/compute/optimizer/dynamicCode.ts';
import type { QuantizedMoment } from '../../../src/compute/optimizer/moments.ts';
import { dequantizeBlock, quantizeBlock } from '../../../src/compute/optimizer/quantizeBlock.ts';
import { BACKENDS } from '../../support/backends.ts';

interface Recorded {
  name: string;
  options: AdamWOptions;
  lrs: number[];
  steps: number;
  size: number;
  weights: string;
  m: { codes: string; absmax: string };
  v: { codes: string; absmax: string };
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/adamw-8bit/adamw-8bit.json', import.meta.url), 'utf8'),
) as { signed: number[]; unsigned: number[]; updates: Recorded[] };

const DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, eightBits: true };
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
const floatsOf = (text: string): Float32Array => new Float32Array(bytesOf(text).buffer);

/** As record.py makes them. */
function numbers(seed: number, size: number): Float32Array {
  let state = BigInt(seed);
  return Float32Array.from({ length: size }, () => {
    state = (state * 1103515245n + 12345n) % 2n ** 31n;
    const value = Number(state);
    return ((value >> 7) / 2 ** 24 - 0.5) * 2 ** -((value >> 3) % 4);
  });
}

const variableOf = (values: Float32Array): tf.Variable => tf.tidy(() => tf.variable(tf.tensor1d(values)));

function step(optimizer: AdamW, gradient: Float32Array, lr: number, scale = 1): void {
  const grad = tf.tensor1d(gradient);
  optimizer.step([grad], lr, scale);
  grad.dispose();
}

/** The number that block-wise quantization makes of each. */
function roundTrip(values: Float32Array, code: DynamicCode): Float32Array {
  const codes = new Uint8Array(values.length);
  const result = new Float32Array(values.length);
  dequantizeBlock(codes, quantizeBlock(values, codes, code), result, code);
  return result;
}

type Numbers = Float32Array | Int32Array | Uint8Array;

const isSame = (a: Numbers, b: Numbers | undefined): boolean =>
  b !== undefined && Buffer.compare(Buffer.from(a.slice().buffer), Buffer.from(b.slice().buffer)) === 0;

const arraysOf = ({ moments }: AdamWState): Numbers[] =>
  moments.flatMap(({ m, v }) =>
    [m, v].flatMap(moment => (moment instanceof Float32Array ? [moment] : [moment.codes, moment.absmax])),
  );

describe('the dynamic map', () => {
  it.each([
    ['signed', SIGNED_CODE],
    ['unsigned', UNSIGNED_CODE],
  ] as const)('%s: has the numbers of bitsandbytes, and every one of them is its own code', (name, code) => {
    expect(code.values).toHaveLength(256);
    code.values.forEach((value, i) => {
      expect(Math.abs(value - (golden[name][i] ?? Number.NaN))).toBeLessThanOrEqual(2e-7 * Math.abs(value));
    });
    expect(code.values[code.zero]).toBe(0);
    expect(Array.from(roundTrip(code.values, code))).toEqual(Array.from(code.values));
  });

  it.each([
    ['signed', SIGNED_CODE],
    ['unsigned', UNSIGNED_CODE],
  ] as const)('%s: takes a number to the nearest, but for a part of a thousand', (name, code) => {
    // Evenly over the powers of two from 1, which sets the scale, to 2^-25.
    const numbers = Float32Array.from({ length: 20_000 }, (_, i) => {
      const number = 2 ** (-i / 800);
      return name === 'signed' && i % 2 === 1 ? -number : number;
    });
    const worse = Array.from(roundTrip(numbers, code), (got, i) => {
      const number = numbers[i] as number;
      const best = code.values.reduce((least, value) => Math.min(least, Math.abs(value - number)), 1);
      return (Math.abs(got - number) - best) / Math.abs(number);
    });
    expect(Math.max(...worse)).toBeLessThan(2 ** -10);
  });

  it('leaves a block of zeros zero', () => {
    expect(Array.from(roundTrip(new Float32Array(5), SIGNED_CODE))).toEqual([0, 0, 0, 0, 0]);
  });
});

describe.each(BACKENDS)('AdamW with moments in eight bits on %s', name => {
  beforeAll(async () => {
    await initBackend({ name, threads: 1 });
  });
  afterAll(async () => (await initBackend({ name, threads: 1 })).dispose());

  it.each(golden.updates)("does what bitsandbytes' AdamW8bit recorded: $name", recorded => {
    const { size, options, lrs } = recorded;
    const weight = variableOf(numbers(1, size));
    const optimizer = new AdamW([weight], { ...options, eightBits: true });
    for (let i = 0; i < recorded.steps; i++)
      step(optimizer, numbers(100 + i, size), lrs[i % lrs.length] as number);
    const moments = optimizer.state().moments[0] as { m: QuantizedMoment; v: QuantizedMoment };
    for (const which of ['m', 'v'] as const) {
      const [codes, absmax] = [bytesOf(recorded[which].codes), floatsOf(recorded[which].absmax)];
      expect(moments[which].absmax).toHaveLength(Math.ceil(size / BLOCK));
      const scales = Array.from(moments[which].absmax, (scale, i) => Math.abs(scale / Number(absmax[i]) - 1));
      const { values } = which === 'm' ? SIGNED_CODE : UNSIGNED_CODE;
      const apart = Array.from(codes, (code, i) =>
        Math.abs(Number(values[code]) - Number(values[Number(moments[which].codes[i])])),
      );
      const other = apart.filter(distance => distance > 2 ** -13).length / size;
      if (process.env.SWEETSPOT_SHOW)
        console.log(recorded.name, which, Math.max(...scales), Math.max(...apart), other);
      expect(Math.max(...scales)).toBeLessThan(1e-4);
      // A neighbour, where a number is on the border of two; in bitsandbytes small ones are looked up in steps of 2^-15.
      expect(Math.max(...apart)).toBeLessThan(which === 'm' ? 0.0142 : 0.0071);
      expect(other).toBeLessThan(0.02);
    }
    const wanted = floatsOf(recorded.weights);
    const moved = lrs.reduce((sum, lr) => sum + lr, 0) * (recorded.steps / lrs.length);
    const differences = Array.from(weight.dataSync(), (value, i) =>
      Math.abs(value - (wanted[i] ?? Number.NaN)),
    );
    if (process.env.SWEETSPOT_SHOW) console.log(Math.max(...differences) / moved);
    expect(Math.max(...differences)).toBeLessThan(0.05 * moved);
    expect(differences.reduce((sum, value) => sum + value, 0) / size).toBeLessThan(5e-4 * moved);
    optimizer.dispose();
    weight.dispose();
  });

  it('is AdamW in float64 on the moments that it keeps', () => {
    const size = 4096 + 77;
    const start = numbers(3, size);
    const weight = variableOf(start);
    const optimizer = new AdamW([weight], DEFAULTS);
    const { beta1, beta2, eps, weightDecay } = DEFAULTS;
    const before = { m: new Float64Array(size), v: new Float64Array(size) };
    let values = Float64Array.from(start);
    for (let i = 1; i <= 4; i++) {
      const gradient = numbers(10 + i, size);
      step(optimizer, gradient, 1e-3, 0.5);
      const got = weight.dataSync();
      const worst = { weight: 0, m: 0, v: 0 };
      const { m, v } = optimizer.state().moments[0] as { m: QuantizedMoment; v: QuantizedMoment };
      for (let k = 0; k < size; k++) {
        const g = 0.5 * (gradient[k] as number);
        const m1 = beta1 * (before.m[k] as number) + (1 - beta1) * g;
        const v1 = beta2 * (before.v[k] as number) + (1 - beta2) * g * g;
        const root = Math.sqrt(v1 / (1 - beta2 ** i)) + eps;
        const wanted =
          (values[k] as number) * (1 - 1e-3 * weightDecay) - (1e-3 * m1) / (1 - beta1 ** i) / root;
        const reach = Math.abs(wanted) + 1e-3 * 10;
        worst.weight = Math.max(worst.weight, Math.abs((got[k] as number) - wanted) / reach);
        const scales = { m: m.absmax[k >> 8] as number, v: v.absmax[k >> 8] as number };
        const kept = {
          m: (SIGNED_CODE.values[m.codes[k] as number] as number) * scales.m,
          v: (UNSIGNED_CODE.values[v.codes[k] as number] as number) * scales.v,
        };
        worst.m = Math.max(worst.m, Math.abs(kept.m - m1) / scales.m);
        worst.v = Math.max(worst.v, Math.abs(kept.v - v1) / scales.v);
        before.m[k] = kept.m;
        before.v[k] = kept.v;
      }
      expect(worst.weight).toBeLessThan(1e-6);
      // Half a step of the map, and a seventh: the steps are 0.9 / 64 and 0.9 / 128 of the scale.
      expect(worst.m).toBeLessThan((0.65 * 0.9) / 64);
      expect(worst.v).toBeLessThan((0.65 * 0.9) / 128);
      values = Float64Array.from(got);
    }
    optimizer.dispose();
    weight.dispose();
  });

  it('takes a quarter of the memory, and goes on bit for bit from a saved state', () => {
    const size = 3 * 4096 + 5;
    const [a, b] = [variableOf(numbers(7, size)), variableOf(numbers(7, size))];
    const train = (optimizer: AdamW, from: number, to: number) => {
      for (let i = from; i < to; i++) step(optimizer, numbers(20 + i, size), 1e-3);
    };
    const whole = new AdamW([a], DEFAULTS);
    train(whole, 0, 6);
    const first = new AdamW([b], DEFAULTS);
    train(first, 0, 3);
    const state = first.state();
    const { m, v } = state.moments[0] as { m: QuantizedMoment; v: QuantizedMoment };
    const bytes = [m.codes, m.absmax, v.codes, v.absmax].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThan(0.255 * 8 * size);
    const second = new AdamW([b], DEFAULTS);
    second.restore(state);
    train(second, 3, 6);
    expect(isSame(b.dataSync(), a.dataSync())).toBe(true);
    const [ends, wanted] = [second, whole].map(optimizer => arraysOf(optimizer.state()));
    expect(ends?.every((array, i) => isSame(array, wanted?.[i]))).toBe(true);
    // The state is a copy: going on did not change it.
    expect(isSame(m.codes, ends?.[0])).toBe(false);
    for (const optimizer of [whole, first, second]) optimizer.dispose();
    tf.dispose([a, b]);
  });

  it('trains a net as well as moments in float32 do', () => {
    const train = (eightBits: boolean): number[] => {
      const weights = [variableOf(numbers(5, 64 * 80)), variableOf(numbers(6, 80 * 64))];
      const optimizer = new AdamW(weights, { ...DEFAULTS, eightBits });
      const losses: number[] = [];
      for (let i = 0; i < 60; i++) {
        const x = tf.randomNormal<tf.Rank.R2>([16, 64], 0, 1, 'float32', i + 1);
        const loss = () => {
          const [first, second] = [
            tf.reshape(weights[0] as tf.Variable, [64, 80]),
            weights[1] as tf.Variable,
          ];
          const hidden = tf.tanh(tf.matMul(x, tf.mul(first, 0.5) as tf.Tensor2D));
          const out = tf.matMul(hidden as tf.Tensor2D, tf.reshape(second, [80, 64]) as tf.Tensor2D);
          // To be learnt: the inputs in reverse.
          return tf.mean(tf.squaredDifference(out, tf.reverse(x, 1))) as tf.Scalar;
        };
        const { value, grads } = valueAndGrads(loss, weights);
        losses.push(Number(value.dataSync()[0]));
        optimizer.step(grads, 3e-3, 1);
        tf.dispose([value, x, ...grads]);
      }
      optimizer.dispose();
      tf.dispose(weights);
      return losses;
    };
    const [full, eight] = [train(false), train(true)];
    const last = (losses: number[]): number => losses.slice(-10).reduce((sum, loss) => sum + loss, 0) / 10;
    if (process.env.SWEETSPOT_SHOW) console.log('from', full[0], 'to', last(full), last(eight));
    expect(last(full)).toBeLessThan(0.5 * Number(full[0]));
    expect(Math.abs(last(eight) / last(full) - 1)).toBeLessThan(0.05);
  });

  it('keeps small variables in float32, and refuses a state of the other precision', () => {
    const [small, large] = [variableOf(numbers(1, 4095)), variableOf(numbers(1, 4096))];
    const [eight, full] = [
      new AdamW([small, large], DEFAULTS),
      new AdamW([small, large], { ...DEFAULTS, eightBits: false }),
    ];
    const { moments } = eight.state();
    expect(moments.map(({ m }) => m instanceof Float32Array)).toEqual([true, false]);
    expect(() => full.restore(eight.state())).toThrow(/wrong precision/);
    expect(() => eight.restore(full.state())).toThrow(/wrong precision/);
    for (const optimizer of [eight, full]) optimizer.dispose();
    tf.dispose([small, large]);
  });
});

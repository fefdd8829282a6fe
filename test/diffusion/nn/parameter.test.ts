import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { Conv2d, Linear } from '../../../src/diffusion/nn/layers/index.ts';
import { type Layout, Parameter, ParameterScope } from '../../../src/diffusion/nn/parameter.ts';

const counting = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i + 1);

describe.each(['wasm', 'cpu'] as const)('Parameter on %s', name => {
  beforeAll(async () => {
    await initBackend({ name });
  });

  it.each<[Layout, number[], number[]]>([
    ['conv', [4, 3, 2, 5], [2, 5, 3, 4]],
    ['linear', [4, 3], [3, 4]],
    ['pointwise', [4, 3, 1, 1], [3, 4]],
    ['plain', [7], [7]],
  ])('%s: takes and gives torch order, keeps the layout of the ops', (layout, shape, inMemory) => {
    const parameter = new Parameter('weight', shape, layout);
    const values = counting(parameter.size);
    expect(parameter.loaded).toBe(false);
    parameter.set(values);
    expect(parameter.loaded).toBe(true);
    expect(parameter.value.shape).toEqual(inMemory);
    expect(parameter.get()).toEqual(values);
    parameter.dispose();
    expect(parameter.loaded).toBe(false);
  });

  it('puts torch [out, in, kh, kw] at [kh, kw, in, out]', () => {
    const parameter = new Parameter('weight', [2, 3, 2, 2], 'conv');
    parameter.set(counting(24));
    const values = parameter.value.arraySync() as number[][][][];
    const torch = (out: number, inn: number, kh: number, kw: number) =>
      1 + ((out * 3 + inn) * 2 + kh) * 2 + kw;
    for (const [out, inn, kh, kw] of [
      [0, 0, 0, 0],
      [1, 2, 0, 1],
      [1, 0, 1, 0],
      [0, 1, 1, 1],
    ] as const) {
      expect(values[kh]?.[kw]?.[inn]?.[out]).toBe(torch(out, inn, kh, kw));
    }
    parameter.dispose();
  });

  it('keeps the variable when set again, and neither keeps nor gives away its memory', () => {
    const parameter = new Parameter('bias', [3], 'plain');
    const values = counting(3);
    parameter.set(values);
    const { value } = parameter;
    values.fill(9);
    parameter.get().fill(8);
    expect([...parameter.get()]).toEqual([1, 2, 3]);
    const before = tf.memory().numTensors;
    parameter.set(Float32Array.of(4, 5, 6));
    expect(parameter.value).toBe(value);
    expect([...parameter.get()]).toEqual([4, 5, 6]);
    expect(tf.memory().numTensors).toBe(before);
    parameter.dispose();
  });

  it('survives a tidy around its loading', () => {
    const parameter = new Parameter('weight', [2, 2], 'linear');
    tf.tidy(() => parameter.set(counting(4)));
    expect([...parameter.get()]).toEqual([1, 2, 3, 4]);
    parameter.dispose();
  });

  it('fails by name when it is not loaded or gets the wrong number of values', () => {
    const parameter = new ParameterScope().at('down_blocks').at(0).add('weight', [2, 2], 'linear');
    expect(() => parameter.value).toThrow(/down_blocks\.0\.weight.*before it was loaded/);
    expect(() => parameter.set(counting(3))).toThrow(/down_blocks\.0\.weight.*expected 4, got 3/);
  });

  it('stays one weight with another, wherever the values are', () => {
    const [first, second] = [1, 2].map(i => new Parameter(`weight${i}`, [2, 2], 'linear')) as [
      Parameter,
      Parameter,
    ];
    first.set(counting(4));
    second.share(first);
    second.set(Float32Array.of(1, 2, 3, 5));
    expect([...first.get()]).toEqual([1, 2, 3, 5]);
    let home: Float32Array = Float32Array.of(9, 8, 7, 6);
    second.lend({ read: () => home.slice(), write: values => (home = values), leave: () => {} });
    expect([...first.get()]).toEqual([9, 7, 8, 6]);
    first.set(counting(4));
    expect([...second.peek()]).toEqual([1, 3, 2, 4]);
    expect(first.value).toBe(second.value);
    expect([...first.value.dataSync()]).toEqual([1, 3, 2, 4]);
    first.dispose();
    expect(second.loaded).toBe(false);
  });

  it('runs a 1x1 convolution as the linear layer it is', () => {
    const list: Parameter[] = [];
    const conv = new Conv2d(new ParameterScope('conv.', list), 3, 2, 1);
    const linear = new Linear(new ParameterScope('linear.', list), 3, 2);
    for (const parameter of list) parameter.set(counting(parameter.size));
    expect(list.map(({ shape }) => shape)).toEqual([[2, 3, 1, 1], [2], [2, 3], [2]]);
    tf.tidy(() => {
      const x = tf.reshape(tf.range(0, 24), [1, 2, 4, 3]) as tf.Tensor4D;
      expect([...conv.forward(x).dataSync()]).toEqual([...linear.forward(x).dataSync()]);
      expect(conv.forward(x).shape).toEqual([1, 2, 4, 2]);
    });
    for (const parameter of list) parameter.dispose();
  });
});

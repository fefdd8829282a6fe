import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { onEachBackend } from './support/backends.ts';
import { checkOp, type OpCheck } from './support/checkOp.ts';
import { build, erf, get, type Reference, randomReference, sigmoid } from './support/reference.ts';

type Op = OpCheck['op'];

/** So that what a test adds around the kernel is not taken for a leak. */
const tidied =
  (op: Op): Op =>
  (...inputs) =>
    tf.tidy(() => op(...inputs));
type Elementwise = [name: string, op: (x: tf.Tensor) => tf.Tensor, reference: (x: number) => number];

const functions: Elementwise[] = [
  ['square', tf.square, x => x * x],
  ['exp', tf.exp, Math.exp],
  ['log', x => tf.log(tf.add(x, 3)), x => Math.log(x + 3)],
  ['sqrt', x => tf.sqrt(tf.add(x, 3)), x => Math.sqrt(x + 3)],
  ['rsqrt', x => tf.rsqrt(tf.add(x, 3)), x => 1 / Math.sqrt(x + 3)],
  ['reciprocal', x => tf.reciprocal(tf.add(x, 3)), x => 1 / (x + 3)],
  ['sigmoid', tf.sigmoid, sigmoid],
  ['tanh', tf.tanh, Math.tanh],
  ['relu', tf.relu, x => Math.max(x, 0)],
  ['abs', tf.abs, Math.abs],
  ['neg', tf.neg, x => -x],
  ['sin', tf.sin, Math.sin],
  ['cos', tf.cos, Math.cos],
  ['erf', tf.erf, erf],
  ['clip', x => tf.clipByValue(x, -0.5, 0.25), x => Math.min(Math.max(x, -0.5), 0.25)],
  ['clone', x => tf.clone(x), x => x],
];

type Binary = [
  name: string,
  op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  reference: (a: number, b: number) => number,
];

const pairs: Binary[] = [
  ['add', tf.add, (a, b) => a + b],
  ['sub', tf.sub, (a, b) => a - b],
  ['mul', tf.mul, (a, b) => a * b],
  ['div', (a, b) => tf.div(a, tf.add(b, 3)), (a, b) => a / (b + 3)],
  ['squaredDifference', tf.squaredDifference, (a, b) => (a - b) ** 2],
  ['maximum', tf.maximum, Math.max],
  ['minimum', tf.minimum, Math.min],
];

/** Element of a tensor that is repeated along axes of length 1 or missing in front. */
const broadcast = (x: Reference, at: number[]): number =>
  get(x, ...at.slice(at.length - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)));

onEachBackend("gradients of tfjs' own kernels", () => {
  it.each(functions)('%s', (_, op, f) => {
    const reference = (x: Reference): Reference => ({ shape: x.shape, data: x.data.map(f) });
    checkOp({
      op: tidied(op as Op),
      reference: reference as OpCheck['reference'],
      inputs: [randomReference([3, 5], 7)],
    });
  });

  it.each(pairs)('%s, with every kind of broadcasting', (_, op, f) => {
    const shapes: [number[], number[]][] = [
      [
        [2, 3, 4, 5],
        [2, 3, 4, 5],
      ],
      [[2, 3, 4, 5], [5]],
      [
        [2, 3, 4, 5],
        [2, 1, 1, 5],
      ],
      [
        [2, 1, 4],
        [3, 1],
      ],
      [
        [2, 3, 4],
        [2, 3, 1],
      ],
      [[3, 4], []],
      [
        [1, 4],
        [3, 1],
      ],
    ];
    for (const [a, b] of shapes) {
      const outer = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
      checkOp({
        op: tidied(op as Op),
        reference: ((x: Reference, y: Reference) =>
          build(outer, (...at) => f(broadcast(x, at), broadcast(y, at)))) as OpCheck['reference'],
        inputs: [randomReference(a, 1), randomReference(b, 2)],
      });
    }
  });

  const moved: [
    name: string,
    op: (x: tf.Tensor) => tf.Tensor,
    shape: number[],
    from: (at: number[]) => number[] | null,
  ][] = [
    ['reshape', x => tf.reshape(x, [4, 3, 2]), [4, 3, 2], ([a = 0, b = 0, c = 0]) => flat(a * 6 + b * 2 + c)],
    ['expandDims', x => tf.expandDims(x, 1), [2, 1, 3, 4], ([a = 0, , b = 0, c = 0]) => [a, b, c]],
    ['transpose', x => tf.transpose(x, [2, 0, 1]), [4, 2, 3], ([a = 0, b = 0, c = 0]) => [b, c, a]],
    [
      'slice',
      x => tf.slice(x, [0, 1, 1], [2, 2, 3]),
      [2, 2, 3],
      ([a = 0, b = 0, c = 0]) => [a, b + 1, c + 1],
    ],
    ['pad', x => tf.pad(x, [[0, 0], [1, 0], [2, 1]]), [2, 4, 7], ([a = 0, b = 0, c = 0]) => (b < 1 || c < 2 || c > 5 ? null : [a, b - 1, c - 2])], // biome-ignore format: table
    ['tile', x => tf.tile(x, [1, 2, 3]), [2, 6, 12], ([a = 0, b = 0, c = 0]) => [a, b % 3, c % 4]],
    ['split', x => tf.split(x, 2, 2)[1] as tf.Tensor, [2, 3, 2], ([a = 0, b = 0, c = 0]) => [a, b, c + 2]],
    ['unstack', x => tf.unstack(x, 1)[2] as tf.Tensor, [2, 4], ([a = 0, c = 0]) => [a, 2, c]],
  ];
  const flat = (i: number): number[] => [Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4];
  it.each(moved)('%s', (_, op, shape, from) => {
    const whole = (x: tf.Tensor) => tf.tidy(() => op(x));
    const reference = (x: Reference) =>
      build(shape, (...at) => (from(at) === null ? 0 : get(x, ...(from(at) ?? []))));
    checkOp({
      op: whole as Op,
      reference: reference as OpCheck['reference'],
      inputs: [randomReference([2, 3, 4], 3)],
    });
  });

  it('concat and stack', () => {
    const joined = (a: Reference, b: Reference) =>
      build([2, 5, 3], (i = 0, j = 0, k = 0) => (j < 2 ? get(a, i, j, k) : get(b, i, j - 2, k)));
    const inputs = [randomReference([2, 2, 3], 1), randomReference([2, 3, 3], 2)];
    checkOp({ op: (...x) => tf.concat(x, 1), reference: joined as OpCheck['reference'], inputs });
    const stacked = (a: Reference, b: Reference) =>
      build([2, 2, 3], (i = 0, j = 0, k = 0) => get(j ? b : a, i, k));
    const rows = [randomReference([2, 3], 1), randomReference([2, 3], 2)];
    checkOp({ op: (...x) => tf.stack(x, 1), reference: stacked as OpCheck['reference'], inputs: rows });
  });

  it.each([
    ['sum', 1],
    ['mean', 6],
  ] as const)('%s over some axes', (name, count) => {
    // biome-ignore format: table
    const reference = (x: Reference) =>
      build([3], j => {
        let total = 0;
        for (let i = 0; i < 2; i++) for (let k = 0; k < 3; k++) total += get(x, i, j as number, k);
        return total / count;
      });
    const op = (x: tf.Tensor) => (name === 'sum' ? tf.sum : tf.mean)(x, [0, 2]);
    checkOp({
      op: tidied(op as Op),
      reference: reference as OpCheck['reference'],
      inputs: [randomReference([2, 3, 3], 4)],
    });
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('matMul, transposed %s and %s', (ta, tb) => {
    // biome-ignore format: table
    const a = randomReference(ta ? [2, 4, 3] : [2, 3, 4], 1);
    const b = randomReference(tb ? [2, 5, 4] : [2, 4, 5], 2);
    const reference = (x: Reference, y: Reference) =>
      build([2, 3, 5], (n = 0, i = 0, j = 0) => {
        let total = 0;
        for (let k = 0; k < 4; k++)
          total += (ta ? get(x, n, k, i) : get(x, n, i, k)) * (tb ? get(y, n, j, k) : get(y, n, k, j));
        return total;
      });
    const op = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, ta, tb);
    checkOp({ op: tidied(op as Op), reference: reference as OpCheck['reference'], inputs: [a, b] });
  });

  it('matMul with a shared or a broadcast side', () => {
    for (const [left, right] of [
      [
        [3, 2, 4],
        [4, 5],
      ],
      [
        [2, 1, 3, 4],
        [3, 4, 2],
      ],
    ] as const) {
      // biome-ignore format: table
      tf.tidy(() => {
        const [a, b] = [tf.ones([...left]), tf.ones([...right])];
        const y = tf.matMul(a, b);
        expect(y.dataSync().every(value => value === 4)).toBe(true);
        const [da, db] = tf.grads((p: tf.Tensor, q: tf.Tensor) => tf.matMul(p, q))([a, b]);
        expect([da?.shape, db?.shape]).toEqual([[...left], [...right]]); // biome-ignore format: pair
      });
    }
  });

  it('softmax', () => {
    const reference = (x: Reference) =>
      build(x.shape, (i = 0, j = 0) => {
        let total = 0;
        for (let k = 0; k < 5; k++) total += Math.exp(get(x, i, k));
        return Math.exp(get(x, i, j)) / total;
      });
    checkOp({
      op: x => tf.softmax(x as tf.Tensor),
      reference: reference as OpCheck['reference'],
      inputs: [randomReference([3, 5], 5, 3)],
    });
  });

  it('where, by a condition that depends on the input', () => {
    const reference = (x: Reference): Reference => ({
      shape: x.shape,
      data: x.data.map(v => (v > 0 ? v * v : -3 * v)),
    });
    const mask = tf.tidy(() =>
      tf.greater(tf.tensor(Float32Array.from(randomReference([3, 4], 6).data), [3, 4]), 0),
    );
    const op = (x: tf.Tensor) => tf.tidy(() => tf.where(mask, tf.mul(x, x), tf.mul(x, -3)));
    checkOp({
      op: tidied(op as Op),
      reference: reference as OpCheck['reference'],
      inputs: [randomReference([3, 4], 6)],
    });
    mask.dispose();
  });
});

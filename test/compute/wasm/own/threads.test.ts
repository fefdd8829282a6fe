import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valueAndGrads } from '../../../../src/compute/gradients.ts';
import {
  attention,
  conv2d,
  geglu,
  gelu,
  groupNorm,
  layerNorm,
  linear,
  quickGelu,
  silu,
  upsampleNearest,
} from '../../../../src/compute/ops/index.ts';
import { AdamW } from '../../../../src/compute/optimizer/adamw.ts';
import { globalGradNorm } from '../../../../src/compute/optimizer/gradNorm.ts';
import { isWasmBackend } from '../../../../src/compute/wasm/wasmBackend.ts';
import { startWith, stopBackend } from '../../support/backends.ts';
import { expectClose } from '../../support/checkOp.ts';
import { randomReference } from '../../support/reference.ts';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
type Four = [number, number, number, number];

const conv =
  (stride: number, padding: Four): Op =>
  (x, filter, bias) =>
    conv2d(x as tf.Tensor4D, filter as tf.Tensor, bias as tf.Tensor, { stride, padding });
const attend =
  (heads: number, causal: boolean): Op =>
  (q, k, v) =>
    attention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, { heads, causal });
const norm =
  (groups: number, withSilu: boolean): Op =>
  (x, gamma, beta) =>
    groupNorm(x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor, { groups, eps: 1e-5, silu: withSilu });
const one =
  (f: (x: tf.Tensor) => tf.Tensor): Op =>
  x =>
    f(x as tf.Tensor);

/** Odd sizes, large enough that the work is shared out. */
const CASES: [string, Op, number[][]][] = [
  [
    'linear',
    (x, w, b) => linear(x as tf.Tensor, w as tf.Tensor, b as tf.Tensor),
    [[3, 67, 41], [41, 53], [53]],
  ],
  ['conv2d 3x3', conv(1, [1, 1, 1, 1]), [[2, 13, 11, 21], [3, 3, 21, 26], [26]]],
  ['conv2d 3x3, stride 2', conv(2, [1, 1, 1, 1]), [[2, 15, 17, 19], [3, 3, 19, 27], [27]]],
  ['conv2d 4x2, stride 3', conv(3, [0, 2, 1, 0]), [[2, 25, 24, 18], [4, 2, 18, 33], [33]]],
  ['conv2d 1x1', conv(1, [0, 0, 0, 0]), [[2, 15, 14, 31], [1, 1, 31, 29], [29]]],
  ['conv2d to few channels', conv(1, [1, 1, 1, 1]), [[2, 16, 17, 40], [3, 3, 40, 3], [3]]],
  ['conv2d from few channels', conv(1, [1, 1, 1, 1]), [[2, 16, 17, 3], [3, 3, 3, 50], [50]]],
  [
    'attention',
    attend(3, false),
    [
      [2, 101, 39],
      [2, 77, 39],
      [2, 77, 39],
    ],
  ],
  [
    'causal attention',
    attend(2, true),
    [
      [2, 103, 34],
      [2, 103, 34],
      [2, 103, 34],
    ],
  ],
  ['group norm', norm(7, false), [[2, 23, 11, 35], [35], [35]]],
  ['group norm and SiLU', norm(3, true), [[3, 15, 17, 66], [66], [66]]],
  ['group norm of one group', norm(1, true), [[1, 31, 29, 33], [33], [33]]],
  [
    'layer norm',
    (x, g, b) => layerNorm(x as tf.Tensor, g as tf.Tensor, b as tf.Tensor, { eps: 1e-5 }),
    [[3, 71, 57], [57], [57]],
  ],
  ['GEGLU', one(geglu), [[3, 57, 54]]],
  ['SiLU', one(silu), [[13, 17, 43]]],
  ['GELU', one(gelu), [[13, 17, 43]]],
  ['quick GELU', one(quickGelu), [[13, 17, 43]]],
  ['upsampling', one(x => upsampleNearest(x as tf.Tensor4D, [37, 51])), [[2, 11, 13, 17]]],
  ['doubling', one(x => upsampleNearest(x as tf.Tensor4D, [22, 26])), [[2, 11, 13, 31]]],
];

/** The value and all gradients of an op, on the backend that is running. */
function results(op: Op, shapes: number[][]): Float32Array[] {
  const tensors = shapes.map((shape, i) =>
    tf.tensor(Float32Array.from(randomReference(shape, i + 1, 2).data), shape),
  );
  const y = op(...tensors);
  const dy = tf.tensor(Float32Array.from(randomReference(y.shape, 99).data), y.shape);
  const gradients = tf.grads((...inputs: tf.Tensor[]) => op(...inputs))(tensors, dy);
  const values = [y, ...gradients].map(tensor => tensor.dataSync().slice() as Float32Array);
  tf.dispose([...tensors, y, dy, ...gradients]);
  return values;
}

type Results = Map<string, Float32Array[]>;

describe('our kernels on several threads', () => {
  const own = new Map<string, Results>();
  let composed: Results;

  beforeAll(async () => {
    const all = (): Results => new Map(CASES.map(([name, op, shapes]) => [name, results(op, shapes)]));
    for (const threads of [1, 2, 3]) {
      await startWith('wasm', 'own', threads);
      own.set(`${threads} threads`, all());
      // Again: no matter which thread comes when.
      own.set(`${threads} threads once more`, all());
    }
    await startWith('wasm', 'composed');
    composed = all();
  });
  afterAll(stopBackend);

  it.each(CASES.map(([name]) => name))('make the same of %s, to the last bit', name => {
    const alone = own.get('1 threads')?.get(name)?.map(bytes);
    expect(alone?.length).toBeGreaterThan(1);
    for (const [threads, together] of own) {
      const same = together
        .get(name)
        ?.map((values, i) => bytes(values).equals(alone?.[i] ?? Buffer.alloc(0)));
      expect(same, threads).toEqual(alone?.map(() => true));
    }
  });

  it.each(CASES.map(([name]) => name))('make of %s what the composed kernels make', name => {
    for (const [i, values] of (own.get('1 threads')?.get(name) ?? []).entries())
      expectClose(values, composed.get(name)?.[i] ?? [], 1e-5, `result ${i}`);
  });

  it('keep out of the scratch memory that others rely on', async () => {
    await startWith('wasm', 'own');
    const convolution = () => results(conv(1, [1, 1, 1, 1]), [[1, 5, 6, 7], [3, 3, 7, 9], [9]]).map(bytes);
    const before = convolution();
    results(norm(1, true), [[1, 3, 5, 900], [900], [900]]);
    results(attend(2, true), [
      [2, 203, 34],
      [2, 203, 34],
      [2, 203, 34],
    ]);
    results(one(geglu), [[3, 57, 54]]);
    expect(convolution()).toEqual(before);
  });

  it('make the same beyond the first two gigabytes of the heap', async () => {
    await startWith('wasm', 'composed');
    await startWith('wasm', 'own', 2);
    const backend = tf.backend();
    if (!isWasmBackend(backend)) throw new Error('not wasm');
    // Never written to, so it costs no memory.
    const fillers = Array.from({ length: 5 }, () => backend.makeOutput([2 ** 27], 'float32'));
    const last = backend.makeOutput([100], 'float32');
    expect(backend.dataIdMap.get(last.dataId).memoryOffset).toBeGreaterThan(2 ** 31);
    for (const [name, op, shapes] of CASES) {
      const same = results(op, shapes).every((values, i) => {
        const wanted = own.get('1 threads')?.get(name)?.[i];
        return bytes(values).equals(bytes(wanted));
      });
      expect(same, name).toBe(true);
    }
    for (const { dataId } of [...fillers, last]) backend.disposeData(dataId);
  });

  it('trains to the same weights, and to those of the composed kernels', async () => {
    const train = async (kernels: 'own' | 'composed', threads: number): Promise<Float32Array> => {
      await startWith('wasm', kernels, threads);
      const weight = tf.tidy(() =>
        tf.variable(tf.tensor(Float32Array.from(randomReference([257, 129], 1).data), [257, 129])),
      );
      const x = tf.tensor(Float32Array.from(randomReference([65, 257], 2).data), [65, 257]);
      const optimizer = new AdamW([weight], { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 });
      for (let i = 0; i < 3; i++) {
        const { value, grads } = valueAndGrads(() => tf.mean(tf.square(linear(x, weight, null))), [weight]);
        optimizer.step(grads, 1e-2, 1 / (1 + globalGradNorm(grads)));
        tf.dispose([value, ...grads]);
      }
      const values = weight.dataSync().slice() as Float32Array;
      optimizer.dispose();
      tf.dispose([weight, x]);
      return values;
    };
    const alone = await train('own', 1);
    expect(bytes(await train('own', 2)).equals(bytes(alone))).toBe(true);
    expectClose(await train('composed', 1), alone, 1e-5, 'weights');
  });
});

const bytes = (values: Float32Array | undefined): Buffer =>
  Buffer.from(values?.buffer ?? new ArrayBuffer(0), values?.byteOffset, values?.byteLength);

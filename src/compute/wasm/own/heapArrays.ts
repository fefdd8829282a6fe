import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../../core/errors.ts';
import { type DynamicCode, SIGNED_CODE, UNSIGNED_CODE } from '../../optimizer/dynamicCode.ts';
import type { MomentPair, QuantizedMoment } from '../../optimizer/moments.ts';
import { isWasmBackend } from '../wasmBackend.ts';
import { floatBits, type OwnKernels, ownKernelsOf } from './ownKernels.ts';
import { piecesOf } from './rowKernels.ts';

/** Arrays of ours on a heap, with the kernels that run on it. */
const places = new WeakMap<Float32Array | Uint8Array, OwnKernels>();

const currentKernels = (): OwnKernels | undefined => {
  const backend = tf.backend();
  return isWasmBackend(backend) ? ownKernelsOf(backend) : undefined;
};

/** Zeros: on the tensor heap where our kernels run and there is room, else an ordinary array. Free them in the end. */
export const allocateFloats = (length: number): Float32Array =>
  allocate(
    kernels => kernels.allocate(length),
    () => new Float32Array(length),
  );

/** The same of bytes. */
export const allocateBytes = (length: number): Uint8Array =>
  allocate(
    kernels => kernels.allocateBytes(length),
    () => new Uint8Array(length),
  );

function allocate<T extends Float32Array | Uint8Array>(
  onHeap: (kernels: OwnKernels) => T,
  elsewhere: () => T,
): T {
  const kernels = currentKernels();
  if (!kernels) return elsewhere();
  try {
    const array = onHeap(kernels);
    places.set(array, kernels);
    array.fill(0);
    return array;
  } catch (error) {
    if (error instanceof SweetspotError && error.code === 'E_OUT_OF_MEMORY') return elsewhere();
    throw error;
  }
}

export function freeOnHeap(array: Float32Array | Uint8Array): void {
  places.get(array)?.free(array);
  places.delete(array);
}

/** The kernels that can work on these arrays in place: ours, which must be running, and values of live tensors. */
function kernelsFor(own: (Float32Array | Uint8Array)[], tensors: Float32Array[]): OwnKernels | null {
  const kernels = currentKernels();
  if (!kernels || own.some(array => places.get(array) !== kernels)) return null;
  return tensors.every(({ buffer }) => buffer instanceof SharedArrayBuffer) ? kernels : null;
}

/** AdamW's update by our kernel if all four arrays lie on the heap; false if not, and nothing is done then. */
export function updateOnHeap(
  weights: Float32Array,
  grad: Float32Array,
  { m, v }: MomentPair<Float32Array>,
  factors: readonly number[],
): boolean {
  const kernels = kernelsFor([m, v], [weights, grad]);
  if (!kernels) return false;
  const addresses = [weights, grad, m, v].map(({ byteOffset }) => byteOffset);
  const size = weights.length;
  kernels.run({
    kernel: 'adamw',
    fields: [...addresses, size, ...factors.map(floatBits)],
    units: Math.ceil(size / 4),
    pieces: piecesOf(kernels, 8 * size),
  });
  return true;
}

/** {@link updateOnHeap} with moments in eight bits. */
export function updateQuantizedOnHeap(
  weights: Float32Array,
  grad: Float32Array,
  { m, v }: MomentPair<QuantizedMoment>,
  factors: readonly number[],
): boolean {
  const kernels = kernelsFor([m.codes, m.absmax, v.codes, v.absmax], [weights, grad]);
  if (!kernels) return false;
  const size = weights.length;
  const arrays = [weights, grad, m.codes, m.absmax, v.codes, v.absmax];
  kernels.run({
    kernel: 'adamw8bit',
    fields: [
      ...arrays.map(({ byteOffset }) => byteOffset),
      size,
      ...factors.map(floatBits),
      ...codeFields(kernels, SIGNED_CODE),
      ...codeFields(kernels, UNSIGNED_CODE),
    ],
    units: m.absmax.length,
    pieces: piecesOf(kernels, 20 * size),
    scratchBytes: kernels.constant('ADAMW8BIT_SCRATCH'),
  });
  return true;
}

/** The tables of the two maps, which stay on the heap as long as it is there. */
const tables = new WeakMap<OwnKernels, Map<DynamicCode, number[]>>();

function codeFields(kernels: OwnKernels, code: DynamicCode): number[] {
  const ofHeap = tables.get(kernels) ?? new Map<DynamicCode, number[]>();
  tables.set(kernels, ofHeap);
  const known = ofHeap.get(code);
  if (known) return known;
  const values = kernels.allocate(code.values.length);
  values.set(code.values);
  const codes = kernels.allocateBytes(code.codes.length);
  codes.set(code.codes);
  const fields = [values.byteOffset, codes.byteOffset, code.shift, code.first, code.last];
  ofHeap.set(code, fields);
  return fields;
}

/** The sum of the squares of a tensor's values by our kernel, in double precision; null if they do not lie on its heap. */
export function squaresOnHeap(values: Float32Array): number | null {
  const kernels = kernelsFor([], [values]);
  if (!kernels) return null;
  const units = Math.ceil(values.length / kernels.constant('SQUARES_BLOCK'));
  const sums = kernels.allocate(2 * units);
  kernels.run({
    kernel: 'sumOfSquares',
    fields: [values.byteOffset, sums.byteOffset, values.length],
    units,
    pieces: piecesOf(kernels, 2 * values.length),
  });
  let sum = 0;
  for (const part of new Float64Array(sums.buffer, sums.byteOffset, units)) sum += part;
  kernels.free(sums);
  return sum;
}

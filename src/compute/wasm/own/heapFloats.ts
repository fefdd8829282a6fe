import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../../core/errors.ts';
import { isWasmBackend } from '../wasmBackend.ts';
import { floatBits, type OwnKernels, ownKernelsOf } from './ownKernels.ts';
import { piecesOf } from './rowKernels.ts';

/** Arrays of ours on a heap, with the kernels that run on it. */
const places = new WeakMap<Float32Array, OwnKernels>();

const currentKernels = (): OwnKernels | undefined => {
  const backend = tf.backend();
  return isWasmBackend(backend) ? ownKernelsOf(backend) : undefined;
};

/** Zeros: on the tensor heap where our kernels run and there is room, else an ordinary array. Free them in the end. */
export function allocateFloats(size: number): Float32Array {
  const kernels = currentKernels();
  if (!kernels) return new Float32Array(size);
  try {
    const floats = kernels.allocate(size);
    places.set(floats, kernels);
    return floats.fill(0);
  } catch (error) {
    if (error instanceof SweetspotError && error.code === 'E_OUT_OF_MEMORY') return new Float32Array(size);
    throw error;
  }
}

export function freeFloats(floats: Float32Array): void {
  places.get(floats)?.free(floats);
  places.delete(floats);
}

/** The kernels that can work on these arrays in place: ours, which must be running, and values of live tensors. */
function kernelsFor(own: Float32Array[], tensors: Float32Array[]): OwnKernels | null {
  const kernels = currentKernels();
  if (!kernels || own.some(floats => places.get(floats) !== kernels)) return null;
  return tensors.every(({ buffer }) => buffer instanceof SharedArrayBuffer) ? kernels : null;
}

/** AdamW's update by our kernel if all four arrays lie on the heap; false if not, and nothing is done then. */
export function updateOnHeap(
  weights: Float32Array,
  grad: Float32Array,
  { m, v }: { m: Float32Array; v: Float32Array },
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

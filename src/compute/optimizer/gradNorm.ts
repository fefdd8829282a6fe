import type * as tf from '@tensorflow/tfjs-core';
import { readValues } from '../values.ts';
import { squaresOnHeap } from '../wasm/own/heapArrays.ts';

/** Keeps the quotient finite for vanishing gradients; torch's clip_grad_norm_ adds the same. */
const NORM_EPSILON = 1e-6;

/** Euclidean norm of all gradients as one vector. */
export function globalGradNorm(grads: readonly tf.Tensor[]): number {
  let squares = 0;
  for (const grad of grads) {
    const values = readValues(grad);
    squares += squaresOnHeap(values) ?? sumOfSquares(values);
  }
  return Math.sqrt(squares);
}

/** The factor that brings gradients of norm `norm` down to `maxNorm`; 1 when they are short enough (NaN stays NaN). */
export function clipScale(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + NORM_EPSILON));
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value * value;
  }
  return sum;
}

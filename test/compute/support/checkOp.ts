import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { type Reference, randomReference } from './reference.ts';

type Forward = (...inputs: Reference[]) => Reference;
type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

export interface OpCheck {
  op: Op;
  reference: Forward;
  inputs: Reference[];
  /** Greatest error, relative to the largest value of a result. */
  tolerance?: number;
  /** What a gradient's error is relative to at least. */
  leastScale?: number;
}

/** Distance between neighbouring points of the differences, and so many places of each input are looked at. */
const STEP = 1e-5;
const PLACES = 24;

/**
 * Compares an op with its double-precision reference: the values, the gradients of all inputs with central finite
 * differences of the reference, and that no tensor is left over.
 */
export function checkOp({ op, reference, inputs, tolerance = 3e-6, leastScale = 1e-3 }: OpCheck): void {
  const before = tf.memory();
  const wanted = reference(...inputs);
  const direction = randomReference(wanted.shape, 991);
  tf.tidy(() => {
    const tensors = inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), shape));
    const y = op(...tensors);
    expect(y.shape).toEqual(wanted.shape);
    expectClose(y.dataSync(), wanted.data, tolerance, 'value');
    const dy = tf.tensor(Float32Array.from(direction.data), wanted.shape);
    tf.grads((...args: tf.Tensor[]) => op(...args))(tensors, dy).forEach((grad, i) => {
      const input = inputs[i] as Reference;
      expect(grad.shape).toEqual(input.shape);
      const places = placesOf(input.data.length);
      const got = grad.dataSync();
      const differences = places.map(place => difference(reference, inputs, i, place, direction));
      const scale = Math.max(...got.map(Math.abs), leastScale);
      expectClose(
        places.map(place => got[place] as number),
        differences,
        tolerance,
        `gradient of input ${i}`,
        scale,
      );
    });
  });
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  expectNothingLeft(op, inputs);
}

/** Outside any tidy, an op leaves its result and nothing else. */
function expectNothingLeft(op: Op, inputs: Reference[]): void {
  const tensors = inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), shape));
  const { numTensors, numDataBuffers } = tf.memory();
  const y = op(...tensors);
  expect(tf.memory().numTensors).toBe(numTensors + 1);
  y.dispose();
  const dy = tf.ones(y.shape);
  const grads = tf.grads((...args: tf.Tensor[]) => op(...args))(tensors, dy);
  tf.dispose([dy, ...grads]);
  expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
  tf.dispose(tensors);
}

/** Evenly spread over the whole tensor, ends included. */
function placesOf(size: number): number[] {
  if (size <= PLACES) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: PLACES }, (_, i) => Math.floor((i * (size - 1)) / (PLACES - 1)));
}

function difference(
  f: Forward,
  inputs: Reference[],
  which: number,
  place: number,
  direction: Reference,
): number {
  const along = (move: number): number => {
    const moved = inputs.map(({ shape, data }, i) => {
      if (i !== which) return { shape, data };
      const copy = data.slice();
      copy[place] = (copy[place] as number) + move;
      return { shape, data: copy };
    });
    return f(...moved).data.reduce((sum, value, i) => sum + value * (direction.data[i] as number), 0);
  };
  return (along(STEP) - along(-STEP)) / (2 * STEP);
}

export function expectClose(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what: string,
  scale = Array.from(wanted).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3),
): void {
  expect(got.length).toBe(wanted.length);
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const error = Math.abs((got[i] as number) - (wanted[i] as number)) / scale;
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  expect(worst, `largest relative error of the ${what}`).toBeLessThanOrEqual(tolerance);
}

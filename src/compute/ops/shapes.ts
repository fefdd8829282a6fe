import type * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';

/** Number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The last dimension (the channels, in our layouts). */
export const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] ?? 1;

/** `[..., C]` seen as a matrix `[rows, C]`. */
export function matrixShape(shape: readonly number[]): [number, number] {
  const columns = lastOf(shape);
  return [columns === 0 ? 0 : sizeOf(shape) / columns, columns];
}

/** Fails when a tensor does not have exactly this shape; `name` says which. */
export function expectShape(tensor: tf.Tensor, shape: readonly number[], name: string): void {
  if (tensor.shape.length === shape.length && tensor.shape.every((n, i) => n === shape[i])) return;
  throw new SweetspotError('E_INTERNAL', 'a tensor has the wrong shape', {
    place: name,
    allowed: `[${shape.join(', ')}]`,
    got: `[${tensor.shape.join(', ')}]`,
  });
}

/** Fails when a condition an op relies on does not hold. */
export function expectThat(condition: boolean, place: string, allowed: string, got: unknown): void {
  if (condition) return;
  throw new SweetspotError('E_INTERNAL', 'an operation cannot be done', { place, allowed, got: String(got) });
}

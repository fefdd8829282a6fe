import { type Info, offsetOf } from '../kernelTools.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import type { OwnKernels } from './ownKernels.ts';

/** Operations below which waking the other threads costs more than they bring. */
const WORTH_SHARING = 60_000;
/** A few pieces for each thread, so that one that is held up holds up less. */
const PIECES_PER_THREAD = 3;

/** How many pieces to cut so much work into (in simple operations). */
export const piecesOf = ({ threads }: OwnKernels, work: number): number =>
  work < WORTH_SHARING ? 1 : threads * PIECES_PER_THREAD;

/** Heap addresses of tensors. */
export const addressesOf = (backend: WasmBackend, ...infos: Info[]): number[] =>
  infos.map(info => offsetOf(backend, info));

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] ?? 1;

/** Sums a matrix's rows, `[rows, columns]` at one address to `[columns]` at another. */
export function sumRows(kernels: OwnKernels, from: number, to: number, rows: number, columns: number): void {
  const fields = [from, to, rows, columns];
  const pieces = piecesOf(kernels, rows * columns);
  kernels.run({ kernel: 'columnSums', fields, units: Math.ceil(columns / 4), pieces });
}

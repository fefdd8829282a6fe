import type { Info } from '../kernelTools.ts';
import { offsetOf } from '../kernelTools.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import type { OwnKernels } from './ownKernels.ts';
import { LEFT, multiply, RIGHT } from './product.ts';

const BYTES = 4;

export interface MatMul {
  a: Info;
  b: Info;
  transposeA: boolean;
  transposeB: boolean;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1);

/** Whether {@link matMul} does these shapes: equal batches, or one of them a single matrix. */
export function canMatMul(a: Info, b: Info): boolean {
  const [left, right] = [a, b].map(({ shape }) => shape.slice(0, -2)) as [number[], number[]];
  const single = Math.min(sizeOf(left), sizeOf(right)) === 1;
  return single || (left.length === right.length && left.every((n, i) => n === right[i]));
}

/** a · b over the last two axes, either side transposed, into `out`; `bias` is the address of a row to add, or 0. */
export function matMul(
  kernels: OwnKernels,
  backend: WasmBackend,
  operands: MatMul,
  out: Info,
  bias = 0,
): void {
  const { a, b, transposeA, transposeB } = operands;
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB ? bRows : bColumns;
  const [aCount, bCount] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
  // One right side for all rows is one product, whatever their batch.
  const fold = bCount === 1 && !transposeA;
  multiply(kernels, {
    size: fold ? [m * aCount, k, n] : [m, k, n],
    items: [fold ? 1 : Math.max(aCount, bCount), 1],
    left: {
      mode: transposeA ? LEFT.columns : LEFT.rows,
      address: offsetOf(backend, a),
      row: aColumns * BYTES,
      column: aColumns * BYTES,
      outer: aCount === 1 ? 0 : aRows * aColumns * BYTES,
    },
    right: {
      mode: transposeB ? RIGHT.columns : RIGHT.rows,
      address: offsetOf(backend, b),
      row: bColumns * BYTES,
      column: bColumns * BYTES,
      outer: bCount === 1 ? 0 : bRows * bColumns * BYTES,
    },
    result: { address: offsetOf(backend, out), row: n * BYTES, outer: m * n * BYTES },
    bias,
  });
}

import type { WasmBackend } from './wasmBackend.ts';

const BYTES = 4;
type RawBatchMatMul = (
  aId: number,
  aShape: Uint8Array,
  aRank: number,
  bId: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: number,
  transposeB: number,
  outId: number,
) => void;

const wrapped = new WeakMap<object, RawBatchMatMul>();

function rawBatchMatMul(backend: WasmBackend): RawBatchMatMul {
  let raw = wrapped.get(backend.wasm);
  if (!raw) {
    const n = 'number';
    raw = backend.wasm.cwrap('BatchMatMul', null, [n, 'array', n, n, 'array', n, n, n, n]) as RawBatchMatMul;
    wrapped.set(backend.wasm, raw);
  }
  return raw;
}

const shapeBytes = (...shape: number[]): Uint8Array => new Uint8Array(Int32Array.from(shape).buffer);

/**
 * Runs `work` with a temporary tensor id for a piece of the heap. The heap stays whoever's it is; what XNNPACK cached
 * under the id goes with it.
 */
function withView<T>(backend: WasmBackend, offset: number, size: number, work: (id: number) => T): T {
  const id = backend.dataIdNextNumber++;
  backend.wasm.tfjs.registerTensor(id, size, offset);
  try {
    return work(id);
  } finally {
    backend.wasm.tfjs.disposeData(id);
  }
}

/** Right-hand side of a product: a place on the heap, or a whole tensor whose packed copy may be kept under its id. */
export type RightSide = { offset: number } | { id: number };

/**
 * XNNPACK's product of two row-major matrices that lie anywhere on the heap (byte offsets): `[m, k] x [k, n]` to
 * `[m, n]`. The stock kernel uses XNNPACK only for this case, so every product is brought to it.
 */
export function gemm(
  backend: WasmBackend,
  aOffset: number,
  b: RightSide,
  outOffset: number,
  [m, k, n]: readonly [number, number, number],
): void {
  const raw = rawBatchMatMul(backend);
  withView(backend, aOffset, m * k, a =>
    withView(backend, outOffset, m * n, out => {
      const run = (id: number) => raw(a, shapeBytes(1, m, k), 3, id, shapeBytes(1, k, n), 3, 0, 0, out);
      if ('id' in b) run(b.id);
      else withView(backend, b.offset, k * n, run);
    }),
  );
}

/** Byte offset of the i-th matrix of a batch. */
export const matrixAt = (offset: number, i: number, rows: number, columns: number): number =>
  offset + BYTES * i * rows * columns;

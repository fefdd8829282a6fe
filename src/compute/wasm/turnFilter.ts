import type { Info } from './kernelTools.ts';
import type { WasmBackend } from './wasmBackend.ts';

/** Rows and columns of channels that are swapped at a time, so that both sides stay in the cache. */
const BLOCK = 16;

/**
 * A filter `[kh, kw, in, out]` turned by 180 degrees with its channels swapped, `[kh, kw, out, in]`: what a gradient
 * to the input convolves with. A loop here takes a tenth of the stock Reverse and Transpose. The caller releases it.
 */
export function turnFilter(backend: WasmBackend, filter: Info): Info {
  const [kh, kw, inputs, outputs] = filter.shape as [number, number, number, number];
  const turned = backend.makeOutput([kh, kw, outputs, inputs], 'float32');
  const from = backend.typedArrayFromHeap(filter);
  const to = backend.typedArrayFromHeap(turned);
  const taps = kh * kw;
  const size = inputs * outputs;
  for (let tap = 0; tap < taps; tap++) {
    swapChannels(from, tap * size, to, (taps - 1 - tap) * size, inputs, outputs);
  }
  return turned;
}

/** Transposes the `[rows, columns]` matrix at `source` to `[columns, rows]` at `target` (both in elements). */
function swapChannels(
  from: Float32Array,
  source: number,
  to: Float32Array,
  target: number,
  rows: number,
  columns: number,
): void {
  for (let row0 = 0; row0 < rows; row0 += BLOCK) {
    const rowEnd = Math.min(row0 + BLOCK, rows);
    for (let column = 0; column < columns; column++) {
      for (let row = row0; row < rowEnd; row++) {
        to[target + column * rows + row] = from[source + row * columns + column] as number;
      }
    }
  }
}

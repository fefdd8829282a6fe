import { describe, expect, it } from 'vitest';
import { type Allocator, guardHeap } from '../../../src/compute/wasm/guardHeap.ts';
import { SweetspotError } from '../../../src/core/errors.ts';

const MB = 2 ** 20;

/** A heap that only counts: at most `limit` bytes, addresses never used twice. */
function countingHeap(limitBytes: number): Allocator & { used: number; calls: number } {
  const sizes = new Map<number, number>();
  let next = 16;
  return {
    used: 0,
    calls: 0,
    HEAPU8: { length: limitBytes } as Uint8Array,
    _malloc(bytes) {
      this.calls++;
      if (this.used + bytes > limitBytes) return 0;
      const offset = next;
      next += bytes;
      sizes.set(offset, bytes);
      this.used += bytes;
      // As emscripten does: a signed number.
      return offset | 0;
    },
    _free(offset) {
      this.used -= sizes.get(offset >>> 0) ?? 0;
      sizes.delete(offset >>> 0);
    },
  };
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof SweetspotError) return error.code;
  }
  return 'none';
};

describe('guardHeap', () => {
  it('turns a failed allocation into an error, and the heap stays as it was', () => {
    const heap = countingHeap(100 * MB);
    guardHeap(heap, 4096 * MB);
    expect(heap.used).toBe(0);
    heap._malloc(60 * MB);
    expect(codeOf(() => heap._malloc(60 * MB))).toBe('E_OUT_OF_MEMORY');
    expect(() => heap._malloc(60 * MB)).toThrow(/heap is full; got a request for 60 MB .* smaller batch/);
    expect(heap.used).toBe(60 * MB);
    expect(heap._malloc(40 * MB)).toBeGreaterThan(0);
  });

  it('keeps room for a packed copy of the largest tensor on a nearly full heap', () => {
    const heap = countingHeap(200 * MB);
    guardHeap(heap, 100 * MB);
    const first = heap._malloc(50 * MB);
    // With 60 for a copy of the largest and 16 to spare, 50 + 60 fit, but 30 more do not.
    expect(codeOf(() => heap._malloc(60 * MB))).toBe('none');
    expect(codeOf(() => heap._malloc(30 * MB))).toBe('E_OUT_OF_MEMORY');
    expect(heap.used).toBe(110 * MB);
    // Small tensors are never asked for room.
    expect(codeOf(() => heap._malloc(MB / 2))).toBe('none');
    heap._free(first);
    expect(codeOf(() => heap._malloc(10 * MB))).toBe('none');
  });

  it('gives addresses beyond 2 GB as positive numbers', () => {
    const heap = countingHeap(4095 * MB);
    guardHeap(heap, 4096 * MB);
    heap._malloc(2500 * MB);
    expect(heap._malloc(10 * MB)).toBeGreaterThan(2 ** 31);
  });
});

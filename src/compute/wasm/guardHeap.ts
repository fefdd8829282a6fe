import { SweetspotError } from '../../core/errors.ts';

/** The part of an emscripten module that hands out memory. */
export interface Allocator {
  _malloc(bytes: number): number;
  _free(offset: number): void;
  HEAPU8: Uint8Array;
}

/** From this heap size on, every large allocation is checked for headroom; growth stops at 4 GiB at the latest. */
const NEAR_FULL_BYTES = 2 ** 31;
const MOST_BYTES = 2 ** 32 - 1;
const LARGE_BYTES = 2 ** 20;
/** What XNNPACK may want on top of a packed copy. */
const SPARE_BYTES = 16 * 2 ** 20;

/**
 * Makes a full heap an error instead of silent corruption: the stock backend writes to address 0 when `_malloc` fails,
 * and XNNPACK, which packs copies of weights, leaves results untouched when its own allocation fails. So a large
 * allocation on a nearly full heap is given only when as much again as the largest tensor is still free after it.
 */
export function guardHeap(module: Allocator, nearFullBytes = NEAR_FULL_BYTES): void {
  // Emscripten replaces `_malloc` at its first call; do that before wrapping.
  module._free(module._malloc(8));
  const allocate = module._malloc.bind(module);
  let largestBytes = 0;
  module._malloc = bytes => {
    // More than an address can count would be cut off to a small request, and be granted.
    if (bytes > MOST_BYTES) throw outOfMemory(bytes, module.HEAPU8.length);
    const offset = allocate(bytes) >>> 0;
    if (offset === 0) throw outOfMemory(bytes, module.HEAPU8.length);
    if (bytes >= LARGE_BYTES && module.HEAPU8.length >= nearFullBytes) {
      const probe = allocate(Math.max(largestBytes, bytes) + SPARE_BYTES) >>> 0;
      if (probe === 0) {
        module._free(offset);
        throw outOfMemory(bytes, module.HEAPU8.length);
      }
      module._free(probe);
    }
    largestBytes = Math.max(largestBytes, bytes);
    return offset;
  };
}

function outOfMemory(askedBytes: number, heapBytes: number): SweetspotError {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 0)} MB`;
  return new SweetspotError('E_OUT_OF_MEMORY', 'the tensor heap is full', {
    got: `a request for ${megabytes(askedBytes)} with a heap of ${megabytes(heapBytes)} (at most 4096 MB)`,
    hint: 'Use a smaller batch or resolution, gradient checkpointing, or a native backend',
  });
}

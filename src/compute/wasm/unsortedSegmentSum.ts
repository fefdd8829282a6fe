import type { Info, KernelCall } from './kernelTools.ts';

/**
 * Adds rows of x that carry the same segment id (missing in the stock backend): x `[..., C]` over the axes of
 * `segmentIds`, to `[numSegments, ...]`. Ids outside the range are left out.
 */
export function unsortedSegmentSum({
  inputs: { x, segmentIds },
  backend,
  attrs: { numSegments },
}: KernelCall<'x' | 'segmentIds', { numSegments: number }>): Info {
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const width = rowShape.reduce((a, b) => a * b, 1);
  const out = backend.makeOutput([numSegments, ...rowShape], 'float32');
  const values = backend.typedArrayFromHeap(x);
  const ids = backend.typedArrayFromHeap(segmentIds);
  const sums = backend.typedArrayFromHeap(out).fill(0);
  ids.forEach((segment, row) => {
    if (segment < 0 || segment >= numSegments) return;
    for (let j = 0; j < width; j++) {
      sums[segment * width + j] = (sums[segment * width + j] as number) + (values[row * width + j] as number);
    }
  });
  return out;
}

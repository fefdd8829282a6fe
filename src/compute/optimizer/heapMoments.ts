import { allocateBytes, allocateFloats, freeOnHeap } from '../wasm/own/heapArrays.ts';
import { arraysOf, type Moments, makeMoments } from './moments.ts';

/** Both zero; on the tensor heap where our kernels run. Free them in the end. */
export const allocateMoments = (size: number, eightBits: boolean): Moments =>
  makeMoments(size, eightBits, { floats: allocateFloats, bytes: allocateBytes });

export function freeMoments(moments: Moments): void {
  for (const array of arraysOf(moments)) freeOnHeap(array);
}

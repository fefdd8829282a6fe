import { batchMatMul } from './batchMatMul.ts';
import { conv2DBackpropFilter, conv2DBackpropInput } from './convGradients.ts';
import { identity } from './identity.ts';
import { overrideKernel } from './kernelTools.ts';
import { offerOwnKernels } from './own/offerOwnKernels.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';

let done = false;

/** Puts our kernels in the place of the slow or missing stock ones; needed once, before the backend is set up. */
export function registerWasmKernels(): void {
  if (done) return;
  overrideKernel('BatchMatMul', batchMatMul);
  overrideKernel('Conv2DBackpropInput', conv2DBackpropInput);
  overrideKernel('Conv2DBackpropFilter', conv2DBackpropFilter);
  overrideKernel('UnsortedSegmentSum', unsortedSegmentSum);
  overrideKernel('Identity', identity);
  offerOwnKernels();
  done = true;
}

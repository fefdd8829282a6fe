import type { TensorInfo } from '@tensorflow/tfjs-core';
import { offerFastKernel } from '../../ops/fastKernels.ts';
import type { KernelCall } from '../kernelTools.ts';
import { type OwnKernels, ownKernelsOf } from './ownKernels.ts';

/** A kernel of ours: its outputs, or null for what it does not do. */
export type OwnKernel<Name extends string, A> = (
  kernels: OwnKernels,
  call: KernelCall<Name, A>,
) => TensorInfo[] | null;

/** Offers a kernel that runs only where a backend was started with our kernels. */
export function offerKernel<Name extends string, A>(name: string, kernel: OwnKernel<Name, A>): void {
  offerFastKernel(name, call => {
    const own = call as unknown as KernelCall<Name, A>;
    const kernels = ownKernelsOf(own.backend);
    return kernels ? kernel(kernels, own) : null;
  });
}

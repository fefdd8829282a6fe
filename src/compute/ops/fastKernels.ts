import type * as tf from '@tensorflow/tfjs-core';

type Kernel = (call: Parameters<tf.KernelFunc>[0]) => tf.TensorInfo[] | null;

const kernels = new Map<string, Kernel>();

/** Offers a faster way to run one of our kernels on the wasm backend; it gives null for what it does not do. */
export function offerFastKernel(name: string, kernel: Kernel): void {
  kernels.set(name, kernel);
}

/** The outputs if a faster kernel did it, else null. */
export const runFastKernel = (name: string, call: Parameters<tf.KernelFunc>[0]): tf.TensorInfo[] | null =>
  kernels.get(name)?.(call) ?? null;

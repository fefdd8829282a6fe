import * as tf from '@tensorflow/tfjs-core';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput } from './convolution.ts';
import { gatherV2 } from './gather.ts';

/** Puts our kernels in the place of stock ones that cannot do what the models need. After the stock ones are registered. */
export function registerNativeKernels(): void {
  replace('Conv2D', conv2D);
  replace('Conv2DBackpropInput', conv2DBackpropInput);
  replace('Conv2DBackpropFilter', conv2DBackpropFilter);
  replace('GatherV2', gatherV2);
}

function replace<Call>(kernelName: string, kernel: (call: Call) => tf.TensorInfo): void {
  tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: kernel as unknown as tf.KernelFunc,
  });
}

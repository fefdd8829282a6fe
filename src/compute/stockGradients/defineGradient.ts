import * as tf from '@tensorflow/tfjs-core';

export type Thunks = Record<string, () => tf.Tensor>;

export interface StockGradient {
  kernel: string;
  inputs?: string[];
  outputs?: boolean[];
  /** As tf.saveAllInputs: for kernels with a list of inputs. */
  allInputs?: boolean;
  gradient(dys: tf.Tensor[], saved: tf.Tensor[], attributes: Record<string, unknown>): Thunks;
}

/** Registers the gradient of one of tfjs' own kernels, in the place of any other. */
export function defineGradient({ kernel, inputs, outputs, allInputs, gradient }: StockGradient): void {
  if (tf.getGradient(kernel)) tf.unregisterGradient(kernel);
  tf.registerGradient({
    kernelName: kernel,
    inputsToSave: inputs ?? [],
    outputsToSave: outputs ?? [],
    saveAllInputs: allInputs ?? false,
    gradFunc: (dy, saved, attributes) =>
      gradient(Array.isArray(dy) ? dy : [dy], saved, attributes as unknown as Record<string, unknown>),
  });
}

import * as tf from '@tensorflow/tfjs-core';
import { isWasmBackend } from './wasm/wasmBackend.ts';

/**
 * The values of a float32 tensor, without a copy where the backend allows it: only to be read, and only until the next
 * tensor is made or disposed (the wasm heap may move).
 */
export function readValues(tensor: tf.Tensor): Float32Array {
  const backend = tf.backend();
  return isWasmBackend(backend) ? backend.typedArrayFromHeap(tensor) : (tensor.dataSync() as Float32Array);
}

/**
 * Lets `change` overwrite the values of a float32 variable: in place on the wasm heap if nobody else holds them, else
 * on a copy that the variable gets.
 */
export function changeValues(variable: tf.Variable, change: (values: Float32Array) => void): void {
  const backend = tf.backend();
  if (isWasmBackend(backend)) {
    const data = backend.dataIdMap.get(variable.dataId);
    if (data.refCount === 1) {
      change(backend.typedArrayFromHeap(variable));
      // XNNPACK keeps packed copies of weights under the tensor's id: give the values a new one.
      backend.wasm.tfjs.disposeData(data.id);
      data.id = backend.dataIdNextNumber++;
      backend.wasm.tfjs.registerTensor(data.id, variable.size, data.memoryOffset);
      return;
    }
  }
  const values = Float32Array.from(readValues(variable));
  change(values);
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, 'float32')));
}

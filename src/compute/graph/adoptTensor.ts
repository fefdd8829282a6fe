import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend, NativeTensor } from '../tensorflow/nativeBackend.ts';
import { tfjsType } from './tensorType.ts';

/** A tfjs tensor for what TensorFlow knows under an id; it owns it. */
export function adoptTensor(backend: NativeBackend, { id, shape, dtype }: NativeTensor): tf.Tensor {
  const dataId = {};
  backend.tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: tfjsType(dtype) });
}

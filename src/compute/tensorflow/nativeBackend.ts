import type * as tf from '@tensorflow/tfjs-core';

/** A tensor that TensorFlow holds, as the addon describes it. */
export interface NativeTensor {
  id: number;
  shape: number[];
  /** TensorFlow's number of the type. */
  dtype: number;
}

/** An attribute of a TensorFlow operation; `type` is one of the binding's TF_ATTR constants. */
export interface NativeAttribute {
  name: string;
  type: number;
  value: boolean | number | object | string | number[];
}

/** The functions of tfjs-node's compiled addon. */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, values: tf.backend_util.BackendValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): NativeTensor[];
  loadSavedModel(dir: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(
    id: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): NativeTensor[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** The library's version. */
  readonly TF_Version: string;
}

/** What the backend knows of a tensor; `values` are those not handed to TensorFlow yet, whose `id` is then not valid. */
export interface NativeTensorData {
  id: number;
  shape: number[];
  dtype: number;
  values: tf.backend_util.BackendValues | null;
  refCount: number;
}

/** tfjs-node's NodeJSKernelBackend with the members that its own types hide. */
export interface NativeBackend extends tf.KernelBackend {
  binding: NativeBinding;
  isUsingGpuDevice: boolean;
  tensorMap: { get(dataId: object): NativeTensorData; set(dataId: object, data: NativeTensorData): void };
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  executeSingleOutput(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** The native backend if it is the one in use. */
export function isNativeBackend(backend: tf.KernelBackend): backend is NativeBackend {
  return 'binding' in backend && 'executeMultipleOutputs' in backend;
}

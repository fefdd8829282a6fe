import type * as tf from '@tensorflow/tfjs-core';

/** What we know of one tensor on the wasm heap. */
export interface HeapTensor {
  id: number;
  /** Bytes from the start of the heap. */
  memoryOffset: number;
  refCount: number;
}

/** The emscripten module of tfjs' wasm backend, as far as we use it. */
export interface WasmModule {
  HEAPU8: Uint8Array;
  wasmMemory: { buffer: SharedArrayBuffer };
  PThread: { unusedWorkers: ThreadWorker[]; runningWorkers: ThreadWorker[]; terminateAllThreads(): void };
  tfjs: {
    init(): void;
    initWithThreadsCount(count: number): void;
    getThreadsCount(): number;
    registerTensor(id: number, size: number, memoryOffset: number): void;
    disposeData(id: number): void;
    dispose(): void;
  };
  cwrap(
    name: string,
    result: 'number' | null,
    parameters: ('number' | 'array')[],
  ): (...args: unknown[]) => unknown;
  _malloc(bytes: number): number;
  _free(offset: number): void;
}

interface ThreadWorker {
  unref(): void;
}

/** tfjs' BackendWasm with the members that its own types hide and kernels need. */
export interface WasmBackend extends tf.KernelBackend {
  wasm: WasmModule;
  dataIdNextNumber: number;
  dataIdMap: { get(dataId: object): HeapTensor };
  makeOutput(shape: readonly number[], dtype: 'float32' | 'int32'): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
}

/** The wasm backend if it is the one in use. */
export function isWasmBackend(backend: tf.KernelBackend): backend is WasmBackend {
  return 'wasm' in backend && 'typedArrayFromHeap' in backend;
}

import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.ts';

export type Info = tf.TensorInfo;

/** What a wasm kernel is given. */
export interface KernelCall<Name extends string, A> {
  inputs: Record<Name, Info>;
  backend: WasmBackend;
  attrs: A;
}

/** Runs a stock or own kernel from inside another; the result is the caller's to release. */
export function callKernel(
  backend: WasmBackend,
  name: string,
  inputs: Record<string, Info>,
  attrs: Record<string, unknown> = {},
): Info {
  const kernel = tf.getKernel(name, 'wasm');
  const out = kernel.kernelFunc({ inputs, backend, attrs: attrs as tf.NamedAttrMap });
  return (Array.isArray(out) ? out[0] : out) as Info;
}

/** Gives intermediate results back to the heap. */
export function release(backend: WasmBackend, ...infos: Info[]): void {
  for (const info of infos) backend.disposeData(info.dataId);
}

export const transpose = (backend: WasmBackend, x: Info, perm: number[]): Info =>
  callKernel(backend, 'Transpose', { x }, { perm });

/** Another shape for the same values; no copy. */
export const reshape = (backend: WasmBackend, x: Info, shape: number[]): Info =>
  callKernel(backend, 'Reshape', { x }, { shape });

export const offsetOf = (backend: WasmBackend, info: Info): number =>
  backend.dataIdMap.get(info.dataId).memoryOffset;

/** Puts `kernelFunc` in the place of the stock kernel of that name, if any, keeping its set-up. */
export function overrideKernel<Name extends string, A>(
  kernelName: string,
  kernelFunc: (call: KernelCall<Name, A>) => Info,
): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (stock) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    ...(stock?.setupFunc ? { setupFunc: stock.setupFunc } : {}),
    kernelFunc: call => kernelFunc(call as unknown as KernelCall<Name, A>),
  });
}

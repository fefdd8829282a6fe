import { existsSync, readFileSync } from 'node:fs';

/** What the build made of assembly/ and of the threads' script. */
export interface KernelFiles {
  module: WebAssembly.Module;
  /** The script of the other threads. */
  thread: URL;
}

/** From the package's root, so that it holds for the sources as for what is built from them. */
const ROOT = new URL('../../../../', import.meta.url);
const MODULE = new URL('dist/compute/wasm/kernels.wasm', ROOT);
const THREAD = new URL('dist/compute/wasm/own/kernelThread.js', ROOT);

/** Compiles the kernels. Throws with one line when they are missing, or this machine has no wasm SIMD. */
export async function loadKernelFiles(): Promise<KernelFiles> {
  if (!existsSync(MODULE) || !existsSync(THREAD)) throw new Error('the package was built without them');
  return { module: await WebAssembly.compile(readFileSync(MODULE)), thread: THREAD };
}

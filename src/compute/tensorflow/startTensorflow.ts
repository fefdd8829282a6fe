import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { findNative, type NativeCandidate, repairLine } from '../../native/findNative.ts';
import { compileMode } from '../graph/compiling.ts';
import { xlaFlags } from '../graph/xlaCache.ts';
import { loadNative } from './loadNative.ts';
import type { NativeBackend } from './nativeBackend.ts';
import { registerNativeKernels } from './registerNativeKernels.ts';
import { type ThreadPools, threadPools } from './threadPools.ts';

/** With 1, a recent GPU may round the factors of float32 products to 10 bits: torch's `allow_tf32`. */
const TF32_VARIABLE = 'SWEETSPOT_ALLOW_TF32';

/** TensorFlow makes its threads once for a process. */
let loaded: { create: () => NativeBackend; threads: number; branches: number } | undefined;

export interface StartedTensorflow {
  /** Threads really used: TensorFlow keeps those it was started with first. */
  threads: number;
  device: 'cpu' | 'gpu';
  /** The library's version; and whether the GPU may round the factors of products. */
  libraries: Record<string, string>;
}

/** Whether a native backend is there that nothing speaks against. */
export async function hasNative(): Promise<boolean> {
  return loaded !== undefined || (await findNative()).some(({ problem }) => problem === null);
}

/** Whether a user would expect the native backend: one is installed, be it broken, or a stock one looks usable. */
export async function expectsNative(): Promise<boolean> {
  const found = loaded === undefined ? await findNative() : [];
  return (
    loaded !== undefined || found.some(({ problem, source }) => problem === null || source === 'installed')
  );
}

/**
 * Starts the native backend and makes it tfjs' current one. Fails with E_BACKEND where none is there, or none that can
 * be loaded; the message says what each one lacks.
 */
export async function startTensorflow(threads: number): Promise<StartedTensorflow> {
  loaded ??= await loadFirst(threads);
  const { create } = loaded;
  if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
  tf.registerBackend('tensorflow', create, 4);
  if (!(await tf.setBackend('tensorflow'))) throw new Error('tfjs refused the tensorflow backend');
  const { binding, isUsingGpuDevice } = tf.backend() as NativeBackend;
  return {
    threads: loaded.threads,
    device: isUsingGpuDevice ? 'gpu' : 'cpu',
    libraries: {
      tensorflow: binding.TF_Version,
      ...(isUsingGpuDevice && process.env.NVIDIA_TF32_OVERRIDE !== '0' ? { tf32: 'allowed' } : {}),
    },
  };
}

/** Parts of a batch that a graph computes side by side; a GPU splits operations well. */
export const graphBranches = ({ isUsingGpuDevice }: NativeBackend): number =>
  isUsingGpuDevice ? 1 : (loaded?.branches ?? 1);

async function loadFirst(threads: number) {
  const candidates = await findNative();
  if (candidates.length === 0) {
    throw new SweetspotError('E_BACKEND', 'native TensorFlow is not installed', {
      hint: 'Install it with `sweetspot backend install`, or use --backend wasm',
    });
  }
  const mode = compileMode();
  const pools = threadPools(threads, mode === 'on');
  if (mode === 'xla') setXlaEnvironment(candidates[0] as NativeCandidate);
  setEnvironment(pools);
  const problems: string[] = [];
  for (const candidate of candidates) {
    const problem = candidate.problem ?? tryLoad(candidate);
    if (typeof problem !== 'string') return { create: problem, threads, branches: pools.branches };
    problems.push(`${candidate.packageDir}: ${problem}`);
  }
  throw new SweetspotError('E_BACKEND', 'native TensorFlow cannot be used', {
    got: problems.join('; '),
    hint: `Repair it with \`${repairLine(candidates[0] as NativeCandidate)}\`, or use --backend wasm`,
  });
}

function tryLoad(candidate: NativeCandidate): string | (() => NativeBackend) {
  try {
    const create = loadNative(candidate);
    registerNativeKernels();
    return create;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
  }
}

function setXlaEnvironment({ addon }: NativeCandidate): void {
  const { env } = process;
  env.TF_XLA_FLAGS = xlaFlags(addon);
  // 3: nothing. What is kept is compared with the processor, and features of the compiler taken for missing ones of the processor.
  env.TF_CPP_MIN_LOG_LEVEL ??= '3';
}

/**
 * The library can be told nothing through tfjs' addon but what it reads from the environment when it is loaded. What the
 * user has set stays, except for the number of threads, which is part of what a result was computed with.
 */
function setEnvironment({ withinOperation, operations }: ThreadPools): void {
  const { env } = process;
  env.TF_NUM_INTRAOP_THREADS = String(withinOperation);
  env.TF_NUM_INTEROP_THREADS = String(operations);
  env.OMP_NUM_THREADS = String(withinOperation);
  // 2: errors only. TensorFlow greets with a dozen lines otherwise.
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise the first process takes the whole memory of the GPU.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // float32 products on recent GPUs would have 10 bits of mantissa: not what PyTorch's default, or a recorded loss, has.
  if (env[TF32_VARIABLE] !== '1') env.NVIDIA_TF32_OVERRIDE ??= '0';
}

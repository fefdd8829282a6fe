import { totalmem } from 'node:os';
import { SweetspotError } from '../../core/errors.ts';
import type { Gpu } from './gpus.ts';

/** What a worker is started with: a GPU of its own, or a share of the CPU. */
export interface SlotPlan {
  /** From 0. */
  number: number;
  /** For people: `gpu 0`, `cpu 1`. */
  name: string;
  gpu: Gpu | null;
  /** Null leaves it to the backend. */
  threads: number | null;
  /** What the slot has for weights and everything else, in bytes; null where that is not known. */
  memoryBytes: number | null;
  env: Record<string, string>;
}

export interface SlotWishes {
  /** Usable GPUs; none: shares of the CPU. */
  gpus: readonly Gpu[];
  /** Null: one a GPU, else one in all. */
  slots: number | null;
  /** Of each slot; null: the machine's, shared out. */
  threads: number | null;
  /** Threads that the machine runs at a time. */
  cores: number;
}

/** tfjs' WebAssembly heap ends here, whatever the machine has. */
const WASM_HEAP_BYTES = 3.5e9;

/**
 * One slot a GPU, or `slots` shares of the CPU.
 * @throws E_USAGE where more slots are wanted than there are GPUs: a GPU is never shared
 */
export function planSlots({ gpus, slots, threads, cores }: SlotWishes): SlotPlan[] {
  if (gpus.length === 0) {
    const count = slots ?? 1;
    return Array.from({ length: count }, (_, number) => ({
      number,
      name: `cpu ${number}`,
      gpu: null,
      threads: threads ?? Math.max(1, Math.floor(cores / count)),
      memoryBytes: Math.min(WASM_HEAP_BYTES, machineBytes() / count),
      env: {},
    }));
  }
  if (slots !== null && slots > gpus.length) {
    throw new SweetspotError('E_USAGE', 'more slots than GPUs', {
      place: '--slots',
      allowed: `at most ${gpus.length}`,
      got: String(slots),
      hint: 'A slot is a whole GPU',
    });
  }
  const used = gpus.slice(0, slots ?? gpus.length);
  return used.map((gpu, number) => ({
    number,
    name: `gpu ${gpu.index}`,
    gpu,
    threads: threads ?? Math.max(1, Math.floor(cores / used.length)),
    memoryBytes: gpu.totalBytes,
    // By UUID: CUDA may count in another order than nvidia-smi. TensorFlow would take all of the memory at once.
    env: { CUDA_VISIBLE_DEVICES: gpu.uuid, TF_FORCE_GPU_ALLOW_GROWTH: 'true' },
  }));
}

/** Of the machine, or what the container may use of it. */
export function machineBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

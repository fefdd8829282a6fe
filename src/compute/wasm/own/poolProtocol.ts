/** A kernel does units [from, to) of what is described at `description` (a heap address), in a thread's scratch memory. */
export type Kernel = (description: number, from: number, to: number, scratch: number) => void;

/** What a thread is started with. */
export interface ThreadData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: SharedArrayBuffer;
  /** In the order that all threads number them by. */
  names: string[];
  /** 1, 2, ...; the calling thread is 0. */
  index: number;
}

/** Places in the control block (32-bit integers). */
export const CONTROL = {
  /** Number of the job, and in the low byte the next piece of it to be claimed; CLOSED while a job is being written. */
  ticket: 0,
  /** Pieces of the job that are finished. */
  finished: 1,
  /** Threads that wait to be woken. */
  sleepers: 2,
  /** The job: pieces, units, kernel, description, scratch of thread 0 and its size. */
  pieces: 3,
  units: 4,
  kernel: 5,
  description: 6,
  scratch: 7,
  scratchBytes: 8,
  /** 1 after a kernel has trapped. */
  failed: 9,
  /** 1 when the threads have to end. */
  stopped: 10,
} as const;

export const CONTROL_BYTES = 64;
export const CLOSED = 0xff;
export const MAX_PIECES = 0xfe;

/**
 * Claims and does pieces of the current job until none is left. A claim counts only if the ticket is still the one that
 * was there before the job was read: a thread that comes late can never do a piece of another job with stale values.
 */
export function doPieces(control: Int32Array, kernels: readonly Kernel[], thread: number): void {
  for (;;) {
    const ticket = Atomics.load(control, CONTROL.ticket);
    const piece = ticket & CLOSED;
    const pieces = Atomics.load(control, CONTROL.pieces);
    if (piece >= pieces) return;
    const units = Atomics.load(control, CONTROL.units);
    const kernel = kernels[Atomics.load(control, CONTROL.kernel)];
    const description = Atomics.load(control, CONTROL.description);
    const scratch =
      Atomics.load(control, CONTROL.scratch) + thread * Atomics.load(control, CONTROL.scratchBytes);
    if (Atomics.compareExchange(control, CONTROL.ticket, ticket, ticket + 1) !== ticket) continue;
    try {
      const cut = (i: number) => Math.floor((units * i) / pieces);
      kernel?.(description, cut(piece), cut(piece + 1), scratch);
    } catch {
      Atomics.store(control, CONTROL.failed, 1);
    }
    if (Atomics.add(control, CONTROL.finished, 1) === pieces - 1) Atomics.notify(control, CONTROL.finished);
  }
}

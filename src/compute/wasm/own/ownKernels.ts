import { Worker } from 'node:worker_threads';
import { SweetspotError } from '../../../core/errors.ts';
import type { WasmBackend, WasmModule } from '../wasmBackend.ts';
import type { KernelFiles } from './loadKernelFiles.ts';
import {
  CLOSED,
  CONTROL,
  CONTROL_BYTES,
  doPieces,
  type Kernel,
  MAX_PIECES,
  type ThreadData,
} from './poolProtocol.ts';

/** Bytes for the description of a job. */
const DESCRIPTION_BYTES = 512;
/** How often to look whether the other threads are done before sleeping until they are. */
const LOOKS = 20_000;

export interface Job {
  kernel: string;
  /** The fields the kernel reads: addresses, sizes and, through {@link floatBits}, floats. */
  fields: readonly number[];
  units: number;
  /** Pieces the units are cut into; any thread may do any of them. */
  pieces: number;
  /** Scratch memory every thread needs. */
  scratchBytes?: number;
}

/**
 * Our SIMD kernels on the heap of tfjs' wasm module, and the threads that run them: the calling one and `threads - 1`
 * others, which sleep when there is nothing to do and keep no process alive. What a thread computes never depends on
 * which thread it is or when it comes.
 */
export class OwnKernels {
  readonly threads: number;
  readonly #module: WasmModule;
  readonly #control: Int32Array;
  readonly #names: string[];
  readonly #kernels: Kernel[];
  readonly #constants: Record<string, unknown>;
  readonly #workers: Worker[] = [];
  readonly #description: number;
  readonly #fields: Int32Array;
  #scratch = 0;
  #scratchBytes = 0;
  #disposed = false;

  constructor(module: WasmModule, files: KernelFiles, threads: number) {
    const memory = module.wasmMemory as unknown as WebAssembly.Memory;
    const { exports } = new WebAssembly.Instance(files.module, { env: { memory } });
    this.threads = threads;
    this.#module = module;
    this.#constants = exports;
    this.#names = Object.keys(exports).filter(name => typeof exports[name] === 'function');
    this.#kernels = this.#names.map(name => exports[name] as Kernel);
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    this.#control = new Int32Array(control);
    this.#control[CONTROL.ticket] = CLOSED;
    this.#description = module._malloc(DESCRIPTION_BYTES);
    // The heap grows by becoming longer, so this view of its beginning stays good.
    this.#fields = new Int32Array(module.wasmMemory.buffer, this.#description, DESCRIPTION_BYTES / 4);
    for (let index = 1; index < threads; index++) {
      const data: ThreadData = { module: files.module, memory, control, names: this.#names, index };
      const worker = new Worker(files.thread, { workerData: data, execArgv: [], stdin: false });
      // A thread that cannot start leaves its share to the others.
      worker.on('error', () => {});
      worker.unref();
      this.#workers.push(worker);
    }
    own.set(module, this);
  }

  /** Threads that wait to be woken. */
  get sleeping(): number {
    return Atomics.load(this.#control, CONTROL.sleepers);
  }

  /** A number that the kernels export, such as the size of their scratch memory. */
  constant(name: string): number {
    const value = this.#constants[name];
    if (value instanceof WebAssembly.Global) return value.value as number;
    throw new SweetspotError('E_INTERNAL', 'the kernels lack a constant', { place: name });
  }

  /** Room for so many floats on the heap, not cleared. Throws E_OUT_OF_MEMORY. */
  allocate(size: number): Float32Array {
    const address = this.#module._malloc(Math.max(8, 4 * size));
    return new Float32Array(this.#module.wasmMemory.buffer, address, size);
  }

  /** The same for bytes. */
  allocateBytes(size: number): Uint8Array {
    const { buffer, byteOffset } = this.allocate(Math.ceil(size / 4));
    return new Uint8Array(buffer, byteOffset, size);
  }

  free(array: Float32Array | Uint8Array): void {
    // After the backend's end its module is gone, and the heap with it.
    if (!this.#disposed) this.#module._free(array.byteOffset);
  }

  /** Runs a job to its end on all threads. Throws E_OUT_OF_MEMORY when there is no room for scratch memory. */
  run({ kernel, fields, units, pieces, scratchBytes = 0 }: Job): void {
    if (units <= 0) return;
    const index = this.#names.indexOf(kernel);
    if (this.#disposed || index < 0 || fields.length * 4 > DESCRIPTION_BYTES) {
      throw new SweetspotError('E_INTERNAL', 'a kernel cannot be run', { place: kernel });
    }
    this.#reserve(scratchBytes);
    this.#fields.set(fields);
    if (this.#workers.length === 0 || pieces === 1 || units === 1) {
      try {
        this.#kernels[index]?.(this.#description, 0, units, this.#scratch);
      } catch (cause) {
        throw leftHeap(kernel, cause);
      }
      return;
    }
    const control = this.#control;
    const job = (Atomics.load(control, CONTROL.ticket) | CLOSED) + 1;
    // Closed first: see doPieces.
    Atomics.store(control, CONTROL.ticket, job | CLOSED);
    Atomics.store(control, CONTROL.finished, 0);
    Atomics.store(control, CONTROL.kernel, index);
    Atomics.store(control, CONTROL.units, units);
    Atomics.store(control, CONTROL.description, this.#description);
    Atomics.store(control, CONTROL.scratch, this.#scratch);
    Atomics.store(control, CONTROL.scratchBytes, this.#scratchBytes);
    const count = Math.min(pieces, units, MAX_PIECES);
    Atomics.store(control, CONTROL.pieces, count);
    Atomics.store(control, CONTROL.ticket, job);
    if (Atomics.load(control, CONTROL.sleepers) > 0) Atomics.notify(control, CONTROL.ticket);
    doPieces(control, this.#kernels, 0);
    this.#waitFor(count);
    if (Atomics.exchange(control, CONTROL.failed, 0)) {
      throw leftHeap(kernel);
    }
  }

  #waitFor(count: number): void {
    for (let looks = 0; ; looks++) {
      const finished = Atomics.load(this.#control, CONTROL.finished);
      if (finished === count) return;
      if (looks > LOOKS) Atomics.wait(this.#control, CONTROL.finished, finished, 1);
    }
  }

  /** Scratch memory comes in powers of two, so that it grows only a few times and leaves no holes worth mentioning. */
  #reserve(bytes: number): void {
    if (bytes <= this.#scratchBytes) return;
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const scratch = this.#module._malloc(size * this.threads);
    if (this.#scratch) this.#module._free(this.#scratch);
    // The product's packers rely on zeros that nobody writes.
    new Uint8Array(this.#module.wasmMemory.buffer, scratch, size * this.threads).fill(0);
    this.#scratch = scratch;
    this.#scratchBytes = size;
  }

  /** Ends the threads. The heap goes with the backend. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    own.delete(this.#module);
    Atomics.store(this.#control, CONTROL.stopped, 1);
    Atomics.add(this.#control, CONTROL.ticket, CLOSED + 1);
    Atomics.notify(this.#control, CONTROL.ticket);
  }
}

function leftHeap(kernel: string, cause?: unknown): SweetspotError {
  return new SweetspotError('E_INTERNAL', 'a kernel left the heap', { place: kernel, cause });
}

const own = new WeakMap<WasmModule, OwnKernels>();

/** The kernels that run on a backend's heap, if it was started with them. */
export const ownKernelsOf = (backend: WasmBackend): OwnKernels | undefined => own.get(backend.wasm);

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** A float as a 32-bit field. */
export function floatBits(value: number): number {
  float[0] = value;
  return bits[0] as number;
}

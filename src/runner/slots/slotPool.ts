import { availableParallelism } from 'node:os';
import { SweetspotError } from '../../core/errors.ts';
import type { Hello } from '../workerProcess.ts';
import { waitForGpu } from './busyGpu.ts';
import { namedGpus, visibleGpus } from './chooseGpus.ts';
import { type Gpu, queryGpus } from './gpus.ts';
import { planSlots } from './planSlots.ts';
import { Slot, type SlotSettings } from './slot.ts';

/** What the pool needs to start workers; hears of each that has started, and among how many slots. */
export type PoolSettings = Omit<SlotSettings, 'onWorker'> & { onWorker(hello: Hello, slots: number): void };

/** What the user, or the sweep's first run, says of slots. */
export interface SlotOptions {
  slots: number | null;
  /** Shares of the CPU where nothing else is said: what the sweep began with, or what suits it (usualShares.ts). */
  usualShares: number | null;
  /** `--gpus`: indices or UUIDs, with commas between. */
  gpus: string | null;
  /** Do not wait for a GPU that others use. */
  shareGpus: boolean;
  threads: number | null;
}

/** Backends that know no GPU. */
const CPU_BACKENDS = ['wasm', 'cpu'];

/** The slots of a run, and which of them are at work. */
export class SlotPool {
  readonly #settings: SlotSettings;
  readonly #options: SlotOptions;
  #slots: Slot[] = [];

  private constructor(options: SlotOptions, settings: PoolSettings) {
    this.#options = options;
    this.#settings = { ...settings, onWorker: hello => settings.onWorker(hello, this.#slots.length) };
  }

  /**
   * Finds the GPUs that may be used, or shares the CPU out. Whether the backend computes on a GPU at all is known when the
   * first worker says so; where none was asked for by name, the CPU's slots take their place then.
   * @throws E_BACKEND, E_USAGE
   */
  static async open(options: SlotOptions, settings: PoolSettings, signal: AbortSignal): Promise<SlotPool> {
    const pool = new SlotPool(options, settings);
    const { backend } = settings.worker;
    const wanted = options.gpus !== null || backend === undefined || !CPU_BACKENDS.includes(backend);
    const visible = wanted ? visibleGpus(await queryGpus(), process.env.CUDA_VISIBLE_DEVICES) : [];
    pool.#make(options.gpus === null ? visible : namedGpus(visible, options.gpus));
    if (visible.length > 0) await pool.#checkDevice(signal);
    if (!signal.aborted) settings.emit({ event: 'slots', slots: pool.#slots.map(describe) });
    return pool;
  }

  get all(): readonly Slot[] {
    return this.#slots;
  }

  /** Those that get work. */
  get usable(): Slot[] {
    return this.#slots.filter(({ quarantined }) => !quarantined);
  }

  /** Waits until nobody else works on the slot's GPU, where it has one and no worker of ours is on it. */
  async ready(slot: Slot, signal: AbortSignal): Promise<boolean> {
    const { gpu } = slot.plan;
    if (!gpu || slot.live || this.#options.shareGpus) return !signal.aborted;
    const say = (message: string): void => this.#settings.emit({ event: 'warning', message });
    return waitForGpu(gpu, { signal, say });
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(slot => slot.close()));
  }

  #make(gpus: readonly Gpu[]): void {
    const { threads, usualShares } = this.#options;
    const slots = this.#options.slots ?? (gpus.length === 0 ? usualShares : null);
    const plans = planSlots({ gpus, slots, threads, cores: availableParallelism() });
    this.#slots = plans.map(plan => new Slot(plan, this.#settings));
  }

  async #checkDevice(signal: AbortSignal): Promise<void> {
    const [first] = this.#slots;
    if (!first || !(await this.ready(first, signal))) return;
    const { hello } = await first.worker();
    if (hello.device === 'gpu') return;
    await this.close();
    const hint = 'See `sweetspot backend`';
    if (this.#options.gpus !== null) {
      throw new SweetspotError('E_BACKEND', `the ${hello.backend} backend computes on no GPU`, {
        place: '--gpus',
        hint,
      });
    }
    this.#settings.emit({
      event: 'warning',
      message: `there is a GPU, but the ${hello.backend} backend does not use it. ${hint}`,
    });
    this.#make([]);
  }
}

const describe = ({ plan: { name, gpu, threads } }: Slot) => ({
  slot: name,
  gpu: gpu?.name ?? null,
  threads,
});

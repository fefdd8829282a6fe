import { SweetspotError } from '../core/errors.ts';

/** torch's GradScaler as accelerate makes it. */
const FIRST_SCALE = 2 ** 16;
const GROWTH_FACTOR = 2;
const GROWTH_INTERVAL = 2000;
const BACKOFF_FACTOR = 0.5;
/** Below this it is not the scale that gradients are too large for. */
const LEAST_SCALE = 2 ** -16;

export interface LossScaleState {
  scale: number;
  /** Updates since the scale changed. */
  good: number;
  /** Updates that were not made, from the beginning. */
  skipped: number;
}

/**
 * What a loss is multiplied by so that small gradients do not vanish in float16 (Micikevicius et al. 2018, section 3.2): doubled
 * after 2000 updates in a row, halved when gradients overflow, whose update is then not made.
 */
export class LossScale {
  #state: LossScaleState = { scale: FIRST_SCALE, good: 0, skipped: 0 };

  get scale(): number {
    return this.#state.scale;
  }

  get state(): LossScaleState {
    return { ...this.#state };
  }

  restore(state: LossScaleState): void {
    this.#state = { ...state };
  }

  /** An update was made. */
  succeeded(): void {
    const { scale, good, skipped } = this.#state;
    const grows = good + 1 === GROWTH_INTERVAL;
    this.#state = { scale: grows ? scale * GROWTH_FACTOR : scale, good: grows ? 0 : good + 1, skipped };
  }

  /**
   * The gradients of an update were not finite.
   * @throws E_NOT_FINITE when no scale helps
   */
  overflowed(): void {
    const { scale, skipped } = this.#state;
    this.#state = { scale: scale * BACKOFF_FACTOR, good: 0, skipped: skipped + 1 };
    if (this.#state.scale >= LEAST_SCALE) return;
    throw new SweetspotError(
      'E_NOT_FINITE',
      'gradients are not finite in float16, however small the loss is made',
      {
        hint: 'Train in float32 or with --mixed_precision bf16.',
      },
    );
  }
}

import { SweetspotError } from '../core/errors.ts';
import type { Parameter } from '../diffusion/nn/parameter.ts';
import { type TrainedGroup, weightsOf } from './trainedGroups.ts';

/** Updates with a learning rate after which something must have changed. */
const PATIENCE = 10;
/** Values looked at in every tensor. */
const SAMPLE = 8;

/**
 * Notices a training that trains nothing: by a rate too small for float32, or by a fault (wrong gradients, weights that
 * the optimizer does not see). Adam moves every weight that has a gradient by about the learning rate at each update.
 */
export class ChangeGuard {
  readonly #groups: readonly TrainedGroup[];
  readonly #before: Float32Array[][];
  readonly #updates: number[];

  constructor(groups: readonly TrainedGroup[]) {
    this.#groups = groups;
    this.#before = groups.map(group => weightsOf([group]).map(firstValues));
    this.#updates = groups.map(() => 0);
  }

  /**
   * After an update at these rates, one for each group.
   * @throws E_UNCHANGED
   */
  check(rates: readonly number[], step: number): void {
    this.#groups.forEach((group, i) => {
      if ((rates[i] ?? 0) === 0) return;
      const updates = (this.#updates[i] ?? 0) + 1;
      this.#updates[i] = updates;
      if (updates !== PATIENCE) return;
      const before = this.#before[i] ?? [];
      const same = weightsOf([group]).every((weight, k) => isSame(firstValues(weight), before[k]));
      this.#before[i] = [];
      if (!same) return;
      throw new SweetspotError('E_UNCHANGED', `training does not change the weights of ${group.part}`, {
        place: `step ${step}, learning rate ${rates[i]}`,
        hint: 'Raise the learning rate; if it is not tiny, this is a fault of sweetspot or of its backend.',
      });
    });
  }
}

const firstValues = (weight: Parameter): Float32Array => weight.peek().slice(0, SAMPLE);

const isSame = (a: Float32Array, b: Float32Array | undefined): boolean =>
  a.every((value, i) => value === b?.[i]);

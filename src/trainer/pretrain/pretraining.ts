import { SweetspotError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';
import type { StepMetrics } from '../dreambooth.ts';

/** The training of one part of the pocket model, which can be stopped after any update and taken up again. */
export interface Pretraining {
  /** Updates made. */
  readonly step: number;
  /**
   * Makes one more.
   * @throws E_NOT_FINITE when the loss or the gradients are NaN or infinite
   */
  update(): Promise<StepMetrics>;
  /** How good it is now, in a sentence. */
  validate(): string | Promise<string>;
  /** Writes everything that training goes on from into a folder. */
  write(dir: string): Promise<void>;
  /** @throws E_CHECKPOINT when it is one of another seed or model */
  restore(dir: string): Promise<void>;
  dispose(): void;
}

export const STATE_FILE = 'pretraining.json';

/** @throws E_CHECKPOINT for one of another seed */
export async function readState(path: string, seed: number): Promise<{ step: number }> {
  const state = (await readJson(path, 'E_CHECKPOINT')) as { step: number; seed: number };
  if (state.seed === seed && Number.isInteger(state.step)) return state;
  throw new SweetspotError('E_CHECKPOINT', 'the checkpoint belongs to another training', {
    place: path,
    allowed: `seed ${seed}`,
    got: `seed ${state.seed}`,
  });
}

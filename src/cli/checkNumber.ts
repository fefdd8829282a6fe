import { SweetspotError } from '../core/errors.ts';

/** Refuses what is no whole number from `least` on. */
export function checkWhole(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new SweetspotError('E_USAGE', 'not a usable value', {
    place: option,
    allowed: `a whole number from ${least}`,
    got: String(value),
  });
}

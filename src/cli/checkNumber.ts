import { SweetspotError } from '../core/errors.ts';

/** Refuses what is no whole number from `least` on, to `most`. */
export function checkWhole(
  option: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new SweetspotError('E_USAGE', 'not a usable value', {
    place: option,
    allowed: `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`,
    ...(Number.isNaN(value) ? {} : { got: String(value) }),
  });
}

/** Refuses what is no number (a word, say). */
export function checkFinite(option: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new SweetspotError('E_USAGE', 'not a usable value', { place: option, allowed: 'a number' });
}

import type { OptionValue } from './types.ts';

/** A value as people write it: small numbers as `5e-6`, not `0.000005`, and `2e-3` beside `1e-4`. */
export function formatValue(value: OptionValue): string {
  if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-2) return value.toExponential();
  return String(value);
}

import { SweetspotError } from '../core/errors.ts';
import type { TrainOption } from './trainOptionTable.ts';

export type OptionValue = string | number | boolean | string[] | null;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * One option's value in its type; null when it was not given.
 *
 * @param raw a string from a command line, or a value that has its type already
 * @throws E_OPTION with the option's name, what is allowed and what was got
 */
export function parseOptionValue(option: TrainOption, raw: unknown): OptionValue {
  if (raw === undefined || raw === null) return null;
  switch (option.type) {
    case 'flag':
      if (typeof raw === 'boolean') return raw;
      if (raw === 'true' || raw === 'false') return raw === 'true';
      throw wrong(option, 'a flag without a value', raw);
    case 'integer':
    case 'number':
      return checkedNumber(option, raw);
    case 'strings':
      return (Array.isArray(raw) ? raw : [raw]).map(String);
    case 'path':
    case 'string':
      return checkedText(option, raw);
  }
}

function checkedNumber(option: TrainOption, raw: unknown): number {
  const pattern = option.type === 'integer' ? INTEGER : NUMBER;
  const text = typeof raw === 'number' || typeof raw === 'string' ? String(raw).trim() : '';
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = option;
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = option;
  const exact = option.type === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (exact && value >= min && value <= max && value > above && value < below) return value;
  throw wrong(option, describeRange(option), raw);
}

function describeRange({ type, min, max, above, below }: TrainOption): string {
  const bounds = [
    min !== undefined && `at least ${min}`,
    above !== undefined && `above ${above}`,
    max !== undefined && `at most ${max}`,
    below !== undefined && `below ${below}`,
  ].filter(Boolean);
  return [type === 'integer' ? 'a whole number' : 'a number', bounds.join(' and ')].filter(Boolean).join(' ');
}

function checkedText(option: TrainOption, raw: unknown): string {
  const text = typeof raw === 'number' ? String(raw) : raw;
  if (typeof text !== 'string') throw wrong(option, 'text', raw);
  if (option.choices && !option.choices.includes(text)) throw wrong(option, option.choices.join(', '), raw);
  if (option.type === 'path' && text === '') throw wrong(option, 'a path', raw);
  return text;
}

function wrong(option: TrainOption, allowed: string, raw: unknown): SweetspotError {
  const got = typeof raw === 'string' ? `'${raw}'` : JSON.stringify(raw);
  return new SweetspotError('E_OPTION', 'not an allowed value', { place: `--${option.name}`, allowed, got });
}

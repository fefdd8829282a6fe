import { formatValue } from '../../sweep/formatValue.ts';
import type { NamedValues, OptionValue } from '../../sweep/types.ts';

/** Options under the names that people use for them; all others by their name in the file, without underscores. */
const LABELS: Record<string, string> = {
  max_train_steps: 'training steps',
  with_prior_preservation: 'prior preservation',
  train_text_encoder: 'text encoder trained',
  num_class_images: 'class images',
  num_inference_steps: 'inference steps',
  lr_scheduler: 'learning-rate schedule',
  train_batch_size: 'batch size',
};

export const optionLabel = (name: string): string => LABELS[name] ?? name.replaceAll('_', ' ');

export function optionValue(value: OptionValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null) return 'none';
  if (value === '') return 'empty';
  return literal(formatValue(value));
}

/** `learning rate 1e-5, prior preservation yes` */
export const settingsText = (values: NamedValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${optionLabel(name)} ${optionValue(value)}`)
    .join(', ');

/** Control characters have no look of their own: their Unicode pictures stand for them (U+2400 and on). */
export const literal = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
  text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, character =>
    character === '\x7f' ? '\u2421' : String.fromCodePoint(0x2400 + (character.codePointAt(0) ?? 0)),
  );

/** At most `length` characters, never half of one, with an ellipsis where something was cut. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return literal(text);
  const characters = [...text.slice(0, 2 * length)];
  return characters.length <= length && text.length <= 2 * length
    ? literal(text)
    : `${literal(characters.slice(0, length - 1).join(''))}…`;
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `2026-05-01 12:30:00 UTC` of an ISO 8601 time. */
export const utc = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${thousands(n)} ${n === 1 ? one : many}`;

/** Digits in groups of three, the same on every machine. */
export const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What tells a setting apart: learning rate, steps, and other axes, those left out that `than` has alike. */
export function settingText(
  setting: { learningRate: number | null; steps: number; values: NamedValues; untrained?: boolean },
  than?: { values: NamedValues },
): string {
  if (setting.untrained) return 'the untrained model';
  const { learning_rate: _, max_train_steps: __, ...others } = setting.values;
  const differing = Object.fromEntries(
    Object.entries(others).filter(([name, value]) => !than || than.values[name] !== value),
  );
  const parts = [
    setting.learningRate === null ? '' : `learning rate ${optionValue(setting.learningRate)}`,
    count(setting.steps, 'step'),
    settingsText(differing),
  ];
  return parts.filter(part => part !== '').join(', ');
}

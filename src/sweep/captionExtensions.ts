import { distinct } from './grid.ts';
import type { OptionValue, Rule } from './types.ts';

/** The caption files that a subject's trainings may read: all values of `caption_extension`, wherever they are given. */
export function captionExtensions(
  shared: readonly (OptionValue | undefined)[],
  own: Readonly<Record<string, OptionValue[]>>,
  include: readonly Rule[],
): string[] {
  const values = [...shared, ...(own.captionExtension ?? []), ...include.map(rule => rule.captionExtension)];
  return distinct(values.filter(value => typeof value === 'string'));
}

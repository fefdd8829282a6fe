import { formatValue } from '../../sweep/formatValue.ts';
import type { OptionValue } from '../../sweep/types.ts';
import type { EdgeWarning, ReportSetting } from './reportModel.ts';

/** Options of training where further values make sense in either direction. */
const OPEN_ENDED: Record<string, { whole: boolean }> = {
  learning_rate: { whole: false },
  max_train_steps: { whole: true },
  prior_loss_weight: { whole: false },
  num_class_images: { whole: true },
  train_batch_size: { whole: true },
};

/**
 * Axes of training on whose end the best setting lies, unless one that ties with it lies further in: then nobody knows
 * whether the next value would be better still.
 */
export function edgesOf(
  best: ReportSetting,
  ties: readonly ReportSetting[],
  all: readonly ReportSetting[],
): EdgeWarning[] {
  return Object.keys(OPEN_ENDED).flatMap(axis => {
    const own = all.filter(({ subject, untrained }) => subject === best.subject && !untrained);
    const values = [...new Set(own.map(setting => numberAt(setting, axis)))]
      .filter(value => value !== null)
      .sort((a, b) => a - b);
    const value = numberAt(best, axis);
    if (value === null || values.length < 2) return [];
    const side = value === values[0] ? 'lowest' : value === values.at(-1) ? 'highest' : null;
    if (side === null) return [];
    const isInside = (setting: ReportSetting): boolean => {
      const other = numberAt(setting, axis);
      return other !== null && other !== values[0] && other !== values.at(-1);
    };
    if (ties.some(isInside)) return [];
    const next = nextValue(values, side, OPEN_ENDED[axis]?.whole ?? false);
    if (next === null) return [];
    const extended = side === 'lowest' ? [next, ...values] : [...values, next];
    return [{ axis, value, side, lines: `train:\n  ${axis}: [${extended.map(formatValue).join(', ')}]` }];
  });
}

const numberAt = ({ values }: ReportSetting, axis: string): number | null => {
  const value: OptionValue | undefined = values[axis];
  return typeof value === 'number' ? value : null;
};

/** One more step of the same ratio, to two digits; null where whole numbers end. */
function nextValue(values: readonly number[], side: 'lowest' | 'highest', whole: boolean): number | null {
  const [end, neighbour] = side === 'lowest' ? [values[0], values[1]] : [values.at(-1), values.at(-2)];
  if (!end || !neighbour) return null;
  const exact = (end * end) / neighbour;
  const next = whole ? Math.round(exact) : Number(exact.toPrecision(2));
  return next <= 0 || values.includes(next) ? null : next;
}

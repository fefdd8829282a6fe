import { mean } from '../statistics/bootstrap.ts';
import type { MeasuredSetting } from './measuredSettings.ts';
import type { MetricName, Region } from './reportModel.ts';

/** The rule in words, for the page and docs/report.md. */
export const REGION_RULE =
  'Underfit: likeness is less than half of the way from the untrained model to the best setting, or the prompt score is less than half of the way from the worst to the best and less training has no more of it. Overfit: the prompt score is that low and less training, or none, has more of it, or pictures are at least twice as noisy as photos and untrained pictures are (noise of 1 or more), or likeness was reached with less training (learning rate × steps) and is lost again. Good: neither.';

const HALF = 0.5;
const NOISY = 1;

/** The region of every trained setting of one subject, by {@link REGION_RULE}; null where scores are missing. */
export function regionsOf(settings: readonly MeasuredSetting[]): (Region | null)[] {
  return settings.map(setting => {
    const likeness = average(setting, 'likeness');
    const kept = average(setting, 'prompt_kept');
    const noise = average(setting, 'noise');
    if (setting.untrained || likeness === null) return null;
    if (noise !== null && noise >= NOISY) return 'overfit';
    if (likeness >= HALF) {
      if (kept === null || kept >= HALF) return 'good';
      return wasLost(setting, kept, settings) ? 'overfit' : 'underfit';
    }
    return settings.some(other => isEarlier(other, setting) && (average(other, 'likeness') ?? 0) >= HALF)
      ? 'overfit'
      : 'underfit';
  });
}

/** Whether less training kept more of the prompt; so it is taken to be where nothing had less. */
function wasLost(setting: MeasuredSetting, kept: number, settings: readonly MeasuredSetting[]): boolean {
  const before = settings.filter(other => other.untrained || isEarlier(other, setting));
  return before.length === 0 || before.some(other => (average(other, 'prompt_kept') ?? 0) > kept);
}

/** Whether the first had less training than the second, with every other axis equal. */
function isEarlier(a: MeasuredSetting, b: MeasuredSetting): boolean {
  if (a.untrained || dose(a) >= dose(b)) return false;
  return rest(a) === rest(b);
}

/** Learning rate x steps: how much training, roughly. */
export const dose = ({ learningRate, steps }: Pick<MeasuredSetting, 'learningRate' | 'steps'>): number =>
  (learningRate ?? 0) * steps;

const rest = ({ values }: MeasuredSetting): string => {
  const { learning_rate: _, max_train_steps: __, ...others } = values;
  return JSON.stringify(others);
};

function average({ measured }: MeasuredSetting, name: MetricName): number | null {
  const values = measured.get(name);
  return values && values.size > 0 ? mean([...values.values()]) : null;
}

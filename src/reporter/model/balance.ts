import type { ScoreName } from '../../stages/scores.ts';
import { mean } from '../statistics/bootstrap.ts';
import { type MeasuredSetting, promptOf } from './measuredSettings.ts';

/**
 * The smallest spread of a score that counts as one: where all settings are closer together than this, their order is
 * not stretched to the whole range from 0 to 1.
 */
const SMALLEST_SPREAD: Partial<Record<ScoreName, number>> = { clip_i: 0.05, dino_i: 0.1, clip_t: 0.02 };

/** The subject score that is used where there are several: DINO tells individuals of one kind apart better. */
export const subjectScore = (settings: readonly MeasuredSetting[]): ScoreName | null =>
  (['dino_i', 'clip_i'] as const).find(name => settings.some(({ measured }) => measured.has(name))) ?? null;

/** Where the untrained model stands and how far it is to the best setting, for one prompt. */
interface Scale {
  zero: number;
  one: number;
}

/**
 * Adds `likeness`, `prompt_kept` and `balance` (see DerivedMetric) to the settings of one subject. All are per picture,
 * so that they have means, intervals and paired differences like any score.
 */
export function addBalance(settings: readonly MeasuredSetting[]): void {
  const subject = subjectScore(settings);
  const likeness = subject && relative(settings, subject, fromUntrainedToBest);
  const kept = relative(settings, 'clip_t', fromWorstToBest);
  settings.forEach((setting, i) => {
    const [like, keep] = [likeness?.[i], kept?.[i]];
    if (like?.size) setting.measured.set('likeness', like);
    if (keep?.size) setting.measured.set('prompt_kept', keep);
    if (!like || !keep) return;
    const balance = new Map<string, number>();
    for (const [unit, a] of like) {
      const b = keep.get(unit);
      if (b !== undefined) balance.set(unit, a + b === 0 ? 0 : (2 * a * b) / (a + b));
    }
    if (balance.size > 0) setting.measured.set('balance', balance);
  });
}

function relative(
  settings: readonly MeasuredSetting[],
  name: ScoreName,
  scaleOf: (untrained: readonly number[], trained: readonly number[], spread: number) => Scale,
): Map<string, number>[] | null {
  if (!settings.some(({ measured }) => measured.has(name))) return null;
  const prompts = new Map<string, { untrained: number[]; trained: number[] }>();
  for (const { measured, untrained } of settings) {
    const byPrompt = new Map<string, number[]>();
    for (const [unit, value] of measured.get(name) ?? []) {
      const prompt = promptOf(unit);
      byPrompt.set(prompt, [...(byPrompt.get(prompt) ?? []), value]);
    }
    for (const [prompt, values] of byPrompt) {
      const means = prompts.get(prompt) ?? { untrained: [], trained: [] };
      means[untrained ? 'untrained' : 'trained'].push(mean(values));
      prompts.set(prompt, means);
    }
  }
  const scales = new Map(
    [...prompts].map(([prompt, { untrained, trained }]) => [
      prompt,
      scaleOf(untrained, trained, SMALLEST_SPREAD[name] ?? 0),
    ]),
  );
  return settings.map(({ measured }) => {
    const values = new Map<string, number>();
    for (const [unit, value] of measured.get(name) ?? []) {
      const { zero, one } = scales.get(promptOf(unit)) ?? { zero: 0, one: 1 };
      values.set(unit, Math.min(1, Math.max(0, (value - zero) / (one - zero))));
    }
    return values;
  });
}

/**
 * One scale for all samplers, else their settings could not be ranked together; from the sampler that makes the untrained
 * model most like the subject, so that no sampler alone counts as likeness.
 */
function fromUntrainedToBest(
  untrained: readonly number[],
  trained: readonly number[],
  spread: number,
): Scale {
  const zero = untrained.length > 0 ? Math.max(...untrained) : Math.min(...trained);
  return { zero, one: Math.max(...trained, zero + spread) };
}

/** The untrained model counts here: it is often the one that follows prompts best. */
function fromWorstToBest(untrained: readonly number[], trained: readonly number[], spread: number): Scale {
  const all = [...trained, ...untrained];
  const one = Math.max(...all);
  return { zero: Math.min(...all, one - spread), one };
}

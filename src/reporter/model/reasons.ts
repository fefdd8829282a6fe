import { capital, settingText } from '../shared/text.ts';
import type { ReportAnswer, ReportMetric, ReportSetting } from './reportModel.ts';
import { namedTies } from './sweetSpot.ts';

/** Fewer pictures than this make intervals that are too narrow. */
const FEW = 8;

interface Facts {
  settings: readonly ReportSetting[];
  best: ReportSetting;
  ties: readonly ReportSetting[];
  comparisons: ReportAnswer['comparisons'];
  metric: ReportMetric;
  metrics: readonly ReportMetric[];
}

/** Why the best setting is the best, in a sentence, and whether others are as good, in a second one. */
export function reasonFor({ settings, best, ties, comparisons, metric }: Facts): string {
  const tried = settings.filter(({ subject, untrained }) => subject === best.subject && !untrained).length;
  const { likeness, prompt_kept: kept } = best.scores;
  const what =
    metric.name === 'balance' && likeness && kept
      ? `Of ${tried} settings it best brings subject and prompt together: ${percent(likeness.mean)} of the best likeness reached, ${percent(kept.mean)} of the prompt score kept.`
      : `Of ${tried} settings it has the best mean of ${metric.title}: ${number(best.scores[metric.name]?.mean)}.`;
  if (ties.length === 0)
    return comparisons.length === 0 ? what : `${what} Every other setting is clearly worse.`;
  const [first] = ties;
  if (ties.length === comparisons.length && ties.length > 1) {
    return `${what} But by these pictures none of the other settings can be told from it.`;
  }
  if (ties.length === 1 && first)
    return `${what} ${capital(settingText(first, best))} cannot be told from it.`;
  return `${what} ${ties.length} others cannot be told from it.`;
}

/** What a reader should not overlook. */
export function cautionsFor({
  best,
  ties,
  metrics,
}: Pick<Facts, 'settings' | 'best' | 'ties' | 'metrics'>): string[] {
  const cautions: string[] = [];
  const n = Math.max(0, ...Object.values(best.scores).map(score => score?.n ?? 0));
  if (n < FEW) {
    cautions.push(
      `Each setting is judged by ${n === 1 ? 'one picture' : `${n} pictures`}: more seeds would make this surer.`,
    );
  }
  const copy = best.scores.copy;
  if (copy && copy.low > 0) {
    cautions.push(
      'Its pictures are nearer to the training photos than to other photos of the subject: look for copies.',
    );
  }
  if (best.region === 'overfit')
    cautions.push('By the rule of the map below it is overfit already: look closely.');
  if (best.region === 'underfit')
    cautions.push('By the rule of the map below it is still underfit: train more.');
  const cheaper = namedTies(best, ties)
    .named.filter(({ steps }) => steps < best.steps)
    .sort((a, b) => a.steps - b.steps)[0];
  if (cheaper) cautions.push(`${capital(settingText(cheaper, best))} ties with fewer steps.`);
  if (!metrics.some(({ name }) => name === 'clip_t')) {
    cautions.push('No score says whether prompts are still followed: judge that by eye.');
  }
  return cautions;
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;
const number = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(3));

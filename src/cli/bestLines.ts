import { isSweetSpot } from '../reporter/model/sweetSpot.ts';
import { settingsText, settingText } from '../reporter/shared/text.ts';
import { readReportModel } from '../reporter/writeReport.ts';
import type { Workspace } from '../store/workspace.ts';
import { inOurWords } from './program.ts';

const SHOWN = 3;

/** What a run found, in a few lines: the best settings by score; where there are no scores, the losses, for what they say. */
export function bestLines(workspace: Workspace, name: string): string[] {
  const model = readReportModel(workspace, name);
  const best = model.answers.flatMap(({ subject, metric: wanted, best: id }) => {
    const metric = model.metrics.find(each => each.name === wanted);
    const setting = id === null ? undefined : model.settings[id];
    if (!metric || !setting) return [];
    const score = setting.scores[metric.name];
    return [
      `${isSweetSpot(setting) ? `best of ${subject}` : `no sweet spot yet for ${subject}: best so far`} by ${metric.title.toLowerCase()}: ${settingText(setting)}${score ? `, ${score.mean.toFixed(3)}` : ''} (${inOurWords(`\`sweetspot best ${name}\``)} tells more)`,
    ];
  });
  if (best.length > 0) return best;
  const trained = model.trials
    .flatMap(trial => (trial.finalLoss === null ? [] : [{ ...trial, finalLoss: trial.finalLoss }]))
    .sort((a, b) => a.finalLoss - b.finalLoss);
  if (trained.length < 2) return [];
  return [
    'no scores to rank by; the lowest losses, which say little of the pictures:',
    ...trained
      .slice(0, SHOWN)
      .map(
        ({ number, subject, values, finalLoss }) =>
          `  trial ${number}: ${[subject, settingsText(values)].filter(Boolean).join(', ')}, loss ${finalLoss.toFixed(4)}`,
      ),
  ];
}

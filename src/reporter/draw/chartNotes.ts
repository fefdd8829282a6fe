import type { ReportModel } from '../model/reportModel.ts';
import { count, settingsText } from '../shared/text.ts';

const SHOWN = 20;

/** What the loss curves cannot say by themselves: where a loss is no number, or where a curve ends early. */
export function chartNotes({ trajectories }: ReportModel): string[] {
  const lines = trajectories.flatMap(({ learningRate, values, notFiniteAt, losses, snapshots }) => {
    const { learning_rate: _, ...others } = values;
    const name = settingsText({ learning_rate: learningRate, ...others });
    const last = snapshots.at(-1)?.step ?? 0;
    const known = losses.at(-1)?.step ?? 0;
    if (notFiniteAt !== null) return [`${name}: the loss is not a number at step ${notFiniteAt}`];
    return known < last ? [`${name}: known up to step ${known} of ${last}`] : [];
  });
  const alone = [...new Set(trajectories.flatMap(({ notShared }) => notShared ?? []))];
  const all = [...lines, ...alone.map(reason => `Trainings of other lengths are not shared: ${reason}`)];
  return all.length > SHOWN ? [...all.slice(0, SHOWN), `and ${count(all.length - SHOWN, 'more note')}`] : all;
}

import type { PageData, PageTrial } from './pageData.ts';
import { sweepFileText } from './sweepFileText.ts';

/** One trial of a report as a sweep file, for the folder of the one it came from; empty where the subject is unknown. */
export function trialSweep(
  { sweep, model, subjects, fileSettings }: Pick<PageData, 'sweep' | 'model' | 'subjects' | 'fileSettings'>,
  trial: PageTrial,
): string {
  const subject = subjects.find(({ name }) => name === trial.subject);
  if (!subject) return '';
  const { name, ...rest } = subject;
  return sweepFileText({
    ...rest,
    name: `${sweep}-trial-${trial.number}`,
    model,
    subject: name,
    train: trial.file,
    settings: fileSettings,
  });
}

import type { NamedValues } from '../../sweep/types.ts';
import type { TrainingCall } from './commandLine.ts';

interface SubjectFacts {
  instanceDataDir: string;
  instancePrompt: string;
  classDataDir: string | null;
  classPrompt: string | null;
  name: string;
}

/** The call that trains a trial on its own; run where the sweep file lies. */
export const trainingCall = (
  model: string,
  { instanceDataDir, instancePrompt, classDataDir, classPrompt, name }: SubjectFacts,
  { number, options }: { number: number; options: NamedValues },
  program = 'npx sweetspot train',
): TrainingCall => ({
  program,
  model,
  instanceDataDir,
  instancePrompt,
  classDataDir,
  classPrompt,
  options,
  outputDir: `trained/${name}-trial-${number}`,
});

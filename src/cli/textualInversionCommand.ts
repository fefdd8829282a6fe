import { INVERSION_OPTIONS, resolveInversionOptions } from '../stages/inversionOptions.ts';
import { scriptCommand } from './scriptCommand.ts';

export const textualInversionCommand = scriptCommand({
  command: 'textual-inversion',
  describe: 'Learn a new word once, with the options of textual_inversion.py',
  options: INVERSION_OPTIONS,
  kind: 'train-inversion',
  outputDirOf: values => resolveInversionOptions(values).request.outputDir,
});

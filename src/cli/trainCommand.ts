import { resolveTrainOptions, TRAIN_OPTIONS } from '../stages/trainOptions.ts';
import { scriptCommand } from './scriptCommand.ts';

export const trainCommand = scriptCommand({
  command: 'train',
  describe: 'Train once, with the options of train_dreambooth.py',
  options: TRAIN_OPTIONS,
  kind: 'train',
  outputDirOf: values => resolveTrainOptions(values).request.outputDir,
});

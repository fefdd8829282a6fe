import { expect, it } from 'vitest';
import { commandLine } from '../../src/reporter/shared/commandLine.ts';

const CALL = {
  program: 'npx sweetspot train',
  model: 'pocket',
  instanceDataDir: 'photos',
  instancePrompt: 'a <moji>',
  classDataDir: null,
  classPrompt: null,
  outputDir: 'trained/cat-trial-1',
};
const WORD = { textual_inversion_placeholder_token: '<moji>', textual_inversion_max_train_steps: 20 };

it('begins with the textual inversion, whose model the training takes', () => {
  expect(commandLine({ ...CALL, options: { ...WORD, max_train_steps: 5 } }).split('\n')).toEqual([
    'npx sweetspot textual-inversion \\',
    '  --pretrained_model_name_or_path=pocket \\',
    '  --train_data_dir=photos \\',
    "  --placeholder_token='<moji>' \\",
    '  --max_train_steps=20 \\',
    '  --save_as_full_pipeline \\',
    '  --output_dir=trained/cat-trial-1-word',
    'npx sweetspot train \\',
    '  --pretrained_model_name_or_path=trained/cat-trial-1-word \\',
    '  --instance_data_dir=photos \\',
    "  --instance_prompt='a <moji>' \\",
    '  --max_train_steps=5 \\',
    '  --output_dir=trained/cat-trial-1',
  ]);
});

it('is the textual inversion alone where nothing is trained after it', () => {
  const alone = commandLine({
    ...CALL,
    program: 'accelerate launch train_dreambooth.py',
    options: { ...WORD, max_train_steps: 0 },
  });
  expect(alone).toMatch(/^accelerate launch textual_inversion\.py/);
  expect(alone).not.toContain('train_dreambooth');
});

import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../../src/reporter/shared/commandLine.ts';
import { sweepFileText } from '../../src/reporter/shared/sweepFileText.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { HOSTILE } from './hostile.ts';

describe('what can be copied from the page', () => {
  it('is a command that a shell reads as it was meant', () => {
    for (const prompt of HOSTILE.filter(text => !text.includes('\0'))) {
      const line = commandLine({
        program: 'printf %s\\\\n',
        model: 'my model',
        instanceDataDir: 'a b',
        instancePrompt: prompt,
        classDataDir: null,
        classPrompt: null,
        options: { learning_rate: 2e-6, train_text_encoder: true, scale_lr: false },
        outputDir: 'out',
      });
      const printed = execFileSync('sh', ['-c', line.replace('printf %s\\\\n', "printf '%s\\n'")], {
        encoding: 'utf8',
      });
      expect(printed).toBe(
        `--pretrained_model_name_or_path=my model\n--instance_data_dir=a b\n--instance_prompt=${prompt}\n--learning_rate=2e-6\n--train_text_encoder\n--output_dir=out\n`,
      );
    }
  });

  it('is a sweep file that is read as it was meant', async () => {
    const folder = new SweepFolder();
    onTestFinished(() => folder.dispose());
    const prompts = HOSTILE.filter(text => text.length < 1000);
    const file = folder.write(
      'copy.yaml',
      sweepFileText({
        name: 'on',
        model: 'model',
        subject: 'cat',
        instanceDataDir: 'cat',
        instancePrompt: '#: a "moji" cat',
        classDataDir: null,
        classPrompt: 'null',
        train: { learning_rate: 2e-6, max_train_steps: 40, train_text_encoder: true },
        prompts,
        sample: {},
        seeds: [3, 4],
      }),
    );
    const read = await readSweep(file);
    if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'));
    expect(read.sweep).toMatchObject({
      name: 'on',
      subjects: [{ name: 'cat', instancePrompt: '#: a "moji" cat', classPrompt: 'null', prompts }],
      train: { learningRate: [2e-6], maxTrainSteps: [40], trainTextEncoder: [true] },
      sample: { seeds: [3, 4] },
    });
  });
});

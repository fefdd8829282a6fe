import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { tempDir } from '../support/tmp.ts';

const SAMPLE = ['sample', 'pocket', '--prompt', 'a cat', '--output', 'o'];
const TRAIN = ['train', '--pretrained_model_name_or_path', 'pocket', '--instance_data_dir', 'photos'];
const REST = ['--instance_prompt', 'a cat', '--output_dir', 'o'];

it.each([
  [[...SAMPLE, '--seed', '0', '--seed=1'], '--seed: given more than once; expected one value [E_USAGE]'],
  [
    [...SAMPLE, '--steps', '3', '--num_inference_steps', '4'],
    '--steps, --num_inference_steps: given more than once',
  ],
  [[...SAMPLE, '--steps', '50', '--steps', '50'], '--steps: given more than once'],
  [[...SAMPLE, '--backend', 'wasm', '--backend', 'cpu'], '--backend: given more than once'],
  [[...TRAIN, ...REST, '--seed', '1', '--seed', '2'], '--seed: given more than once'],
  [['status', '--workspace', 'a', '--workspace', 'b'], '--workspace: given more than once'],
  [['plan', 'x.yaml', '--max-hours', '1', '--max-hours', '2'], '--max-hours: given more than once'],
  [['best', 'x', '-n', '1', '-n', '2'], '-n: given more than once'],
  [[...SAMPLE, '--guidence', '3'], 'got guidence. Did you mean --guidance? See `'],
  [[...SAMPLE, '--learned_embeds', 'x'], 'Did you mean --learned-embeds?'],
  [[...TRAIN, ...REST, '--max_train_step', '5'], 'Did you mean --max_train_steps?'],
  [
    [...TRAIN, ...REST, '--max-train-steps=5', '--lr', '1'],
    'Did you mean --max_train_steps by --max-train-steps, --learning_rate by --lr?',
  ],
  [
    ['sample', 'pocket', '--promt', 'a cat', '--output', 'o'],
    '--prompt must be given. Did you mean --prompt?',
  ],
  [['gc', '--keep-states', 'last'], 'Did you mean --keep-state?'],
  [[...SAMPLE, 'b'], 'mean nothing here; got b. See `'],
  [
    [...SAMPLE, '--count', '1e9'],
    '--count: not a usable value; expected a whole number from 1 to 10000, got 1000000000',
  ],
])('refuses %j', async (args, text) => {
  const cwd = tempDir();
  const { code, stderr, stdout } = await runCli(args, cwd);
  expect(stderr).toContain(text);
  expect(stderr).toMatch(/\[E_USAGE\]$/m);
  expect([code, stdout]).toEqual([2, '']);
  expect(readdirSync(cwd)).toEqual([]);
});

it('says no more of flags that are given twice than of one', async () => {
  const { stdout, code } = await runCli(['gc', '--json', '--json', '--help'], tempDir());
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'sweetspot gc']);
});

it('makes pictures of every prompt, the same as alone, under the names that diffusers has for options', async () => {
  const cwd = tempDir();
  const settings = [
    '--num_inference_steps',
    '1',
    '--guidance_scale',
    '1',
    '--negative_prompt',
    'a dog',
    '--seed',
    '7',
  ];
  const options = [...settings, '--height', '16', '--width', '16', '--backend', 'wasm', '--threads', '1'];
  const both = await runCli(
    [
      'sample',
      'pocket',
      '--prompt',
      'a cat',
      '--prompt',
      'a car',
      '--count',
      '2',
      ...options,
      '--output',
      'both',
    ],
    cwd,
  );
  expect(both.stderr).not.toContain('sweetspot: ');
  const names = ['0000-seed7.png', '0001-seed8.png', '0002-seed7.png', '0003-seed8.png'];
  expect(both.stdout).toBe(names.map(name => `${join('both', name)}\n`).join(''));
  await runCli(
    ['sample', 'pocket', '--prompt', 'a car', '--count', '2', ...options, '--output', 'alone'],
    cwd,
  );
  expect(bytesIn(cwd, 'alone', names.slice(0, 2))).toEqual(bytesIn(cwd, 'both', names.slice(2)));
  expect(bytesIn(cwd, 'both', names.slice(0, 2))).not.toEqual(bytesIn(cwd, 'both', names.slice(2)));
}, 120_000);

const bytesIn = (cwd: string, folder: string, names: readonly string[]): string[] =>
  names.map(name => readFileSync(join(cwd, folder, name), 'base64'));

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'dist/cli/main.js');
function plan(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [BIN, 'plan', join(ROOT, 'sweeps/quickstart.yaml'), ...args], {
    encoding: 'utf8',
  });
}

const STEPS = ['-S', 'max_train_steps=50,100,200'];

it('plans a sweep with other values, without touching its file', () => {
  const { stdout } = plan('--json', ...STEPS, '-S', 'train.learning_rate=1e-6,2e-6,3e-6', '-S', 'name=other');
  expect(JSON.parse(stdout)).toMatchObject({ sweep: 'other', trials: 9, steps: { planned: 600 } });
});

it('plans the chosen trials alone', () => {
  const { stdout } = plan(...STEPS, '--only', 'learning_rate=1e-5', '--exclude', 'max_train_steps<100');
  expect(stdout).toMatch(
    /^ {2}changed by --only learning_rate=1e-5\n {2}changed by --exclude max_train_steps<100\n/m,
  );
  expect(stdout).toMatch(/^Trials {5}2,/m);
});

it('names the argument that is wrong, and fails as an invalid file does', () => {
  const { status, stderr, stdout } = plan('-S', 'train.learning_rate=fast', '--only', 'subject=dog');
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(
    '-S train.learning_rate=fast: learning_rate has a wrong value; expected a number above 0, or a list of such values, got "fast"',
  );
  expect(stderr).toContain('--only subject=dog: subject matches nothing; expected one of "cat-face"');
  expect(stderr).toContain('2 problems');
});

it('wants an argument after -S', () => {
  const { status, stderr } = plan('-S');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^sweetspot: .*S/);
});

it('takes these options several times', () => {
  const { stdout } = plan(
    '--json',
    ...STEPS,
    '-S',
    'seed=1,2,3',
    '--only',
    'seed=1',
    '--only',
    'seed=3',
    '--json',
  );
  const { trials, steps } = JSON.parse(stdout);
  expect(steps.naive).toBe((trials / 3) * 350);
  const { stdout: text } = plan(...STEPS, '--workspace', ROOT);
  expect(text).toMatch(/^Trials/m);
});

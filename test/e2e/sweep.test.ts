import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import { type CliResult, eventsOf, runCli, startCli } from '../support/cli.ts';
import { tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';

const PHOTOS = join(import.meta.dirname, '../golden/train/photos/instance');
const FLAGS = ['--backend', 'wasm', '--threads', '1', '-y', '--json'];

/** A whole sweep in seconds: a tiny random model, trainings of a few steps, pictures of two. */
function writeSweep(dir: string, { steps = '[2, 4]', seeds = '[0]', extra = '' } = {}): string {
  writeFileSync(
    join(dir, 'tiny.yaml'),
    `name: tiny
model: ${JSON.stringify(tinyPipelineDir('plain'))}
subjects:
  cat:
    instance_data_dir: ${JSON.stringify(PHOTOS)}
    instance_prompt: a photo of a moji cat
    class_prompt: a photo of a cat
train:
  learning_rate: 1e-3
  max_train_steps: ${steps}
  train_batch_size: 1
  resolution: 32
  num_class_images: 2
  class_num_inference_steps: 2
${extra}
sample:
  prompts: [a moji cat]
  scheduler: ddim
  num_inference_steps: 2
  seeds: ${seeds}
`,
  );
  return 'tiny.yaml';
}

const run = (dir: string): Promise<CliResult> => runCli(['run', 'tiny.yaml', ...FLAGS], dir);

function startOf({ stdout, stderr }: CliResult): Record<string, unknown> {
  const start = eventsOf(stdout).find(({ event }) => event === 'start');
  if (!start) throw new Error(`no start in ${stdout} ${stderr}`);
  return start;
}

/** SHA-256 of every file that sampling and training left, by stage folder and name; manifests hold times. */
function bytesOf(dir: string): Record<string, string> {
  const stages = join(dir, '.sweetspot/stages');
  const files = readdirSync(stages, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return Object.fromEntries(
    files
      .map(entry => join(entry.parentPath, entry.name).slice(stages.length + 1))
      .filter(name => !name.endsWith('manifest.json') && !name.includes('-state'))
      .sort()
      .map(name => [name, sha256Hex(readFileSync(join(stages, name)))]),
  );
}

describe('sweetspot run', () => {
  it('makes a page, executes nothing twice, and trains only what is new', async () => {
    const dir = tempDir();
    writeSweep(dir);
    const first = await run(dir);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(startOf(first)).toMatchObject({ steps: 4, pictures: 3, classImages: 0 });
    expect(existsSync(join(dir, 'reports/tiny/index.html'))).toBe(true);
    const before = bytesOf(dir);

    const second = await run(dir);
    expect(startOf(second)).toMatchObject({ jobs: 0 });
    expect(eventsOf(second.stdout).some(({ event }) => event === 'worker')).toBe(false);

    writeSweep(dir, { steps: '[2, 4, 5]' });
    const third = await run(dir);
    expect(startOf(third)).toMatchObject({ steps: 1, pictures: 1 });

    writeSweep(dir, { steps: '[2, 4, 5]', seeds: '[0, 1]' });
    const fourth = await run(dir);
    expect(startOf(fourth)).toMatchObject({ steps: 0, pictures: 4 });
    expect(bytesOf(dir)).toMatchObject(before);
    expect(readdirSync(join(dir, '.sweetspot/stages')).filter(name => name.includes('partial'))).toEqual([]);
  });

  it('trained on from a snapshot is trained in one go, bit for bit', async () => {
    const [whole, parts] = [tempDir(), tempDir()];
    writeSweep(whole, { steps: '[3, 6]' });
    await run(whole);
    writeSweep(parts, { steps: '[3]' });
    await run(parts);
    writeSweep(parts, { steps: '[3, 6]' });
    expect(startOf(await run(parts))).toMatchObject({ steps: 3 });
    expect(bytesOf(parts)).toEqual(bytesOf(whole));
  });

  it('killed at any moment, goes on and ends the same', async () => {
    const [undisturbed, killed] = [tempDir(), tempDir()];
    const extra = '  with_prior_preservation: true';
    writeSweep(undisturbed, { steps: '[4, 8]', extra });
    expect((await run(undisturbed)).code).toBe(0);
    writeSweep(killed, { steps: '[4, 8]', extra });
    for (const moment of [/"event":"worker"/, /"event":"metric".*"step":2/, /"event":"metric".*"step":6/]) {
      const attempt = startCli(['run', 'tiny.yaml', ...FLAGS], killed);
      await attempt.line(moment);
      attempt.child.kill('SIGKILL');
      expect((await attempt).signal).toBe('SIGKILL');
    }
    const last = await run(killed);
    expect(last.code).toBe(0);
    // The snapshot at 4 survived the third kill; only what lay behind it was trained again.
    expect(startOf(last)).toMatchObject({ classImages: 0 });
    expect(bytesOf(killed)).toEqual(bytesOf(undisturbed));
  });

  it('stopped by Ctrl-C saves a checkpoint, says how to go on, and ends the same', async () => {
    const [undisturbed, stopped] = [tempDir(), tempDir()];
    writeSweep(undisturbed, { steps: '[8]' });
    await run(undisturbed);
    writeSweep(stopped, { steps: '[8]' });
    const attempt = startCli(['run', 'tiny.yaml', ...FLAGS], stopped);
    await attempt.line(/"event":"metric".*"step":3/);
    attempt.child.kill('SIGINT');
    const end = await attempt;
    expect(end.code).toBe(130);
    expect(end.stderr).toMatch(/goes on from here/);
    const last = await run(stopped);
    const steps = eventsOf(last.stdout).filter(({ event }) => event === 'metric');
    expect(steps.length).toBeLessThan(6);
    expect(bytesOf(stopped)).toEqual(bytesOf(undisturbed));
  });

  it('a failing trial costs exit code 1, says why, and leaves the others', async () => {
    const dir = tempDir();
    writeSweep(dir, { steps: '[2]' });
    const text = readFileSync(join(dir, 'tiny.yaml'), 'utf8').replace(
      'learning_rate: 1e-3',
      'learning_rate: [1e-3, 1e30]',
    );
    writeFileSync(join(dir, 'tiny.yaml'), text);
    const { code, stdout } = await run(dir);
    expect(code).toBe(1);
    const ends = eventsOf(stdout).filter(({ event }) => event === 'jobEnd');
    expect(ends.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { error: { code: 'E_NOT_FINITE' } },
    ]);
    expect(ends.filter(({ outcome }) => outcome === 'blocked')).toHaveLength(1);
    expect(existsSync(join(dir, 'reports/tiny/index.html'))).toBe(true);
  });
});

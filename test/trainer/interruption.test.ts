import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { checkpointDir } from '../../src/trainer/checkpointFolders.ts';
import { readTrainerState } from '../../src/trainer/checkpointState.ts';
import { runTraining } from '../../src/trainer/runTraining.ts';
import { readGolden, readLosses } from './support/goldenTraining.ts';

const root = mkdtempSync(join(tmpdir(), 'sweetspot-interrupt-'));
const UNET = 'unet/diffusion_pytorch_model.safetensors';
const values = { ...readGolden('random-crop').values, resolution: '16', max_train_steps: '12' };
const train = (out: string, changes: object = {}) =>
  runTraining({ ...values, output_dir: out, ...changes }, { environment: 'test' });

const here = (path: string): string => new URL(path, import.meta.url).href;
const checkpoints = (out: string) =>
  readdirSync(out)
    .filter(name => name.startsWith('checkpoint-'))
    .sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)));

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a process that is killed while it writes a checkpoint', () => {
  it('leaves the one before, from which the training ends bit for bit', async () => {
    const straight = join(root, 'straight');
    await train(straight);
    const out = join(root, 'killed');
    mkdirSync(out);
    // The worker itself, writing a checkpoint at every step, so that a kill at any moment meets one.
    const script = `
      import { initBackend } from ${JSON.stringify(here('../../dist/compute/backend.js'))};
      import { runTraining } from ${JSON.stringify(here('../../dist/trainer/runTraining.js'))};
      await initBackend({ name: 'wasm', threads: 1 });
      const values = ${JSON.stringify({ ...values, output_dir: out, checkpointing_steps: '1', checkpoints_total_limit: '1' })};
      await runTraining(values, { environment: 'test', onStep: ({ step }) => console.log(step) });`;
    const file = join(root, 'train.mjs');
    writeFileSync(file, script);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise(resolve => child.once('exit', resolve));
    const writing = () => readdirSync(out).some(name => /^\.checkpoint-[4-9]\..*partial$/.test(name));
    const givenUp = Date.now() + 120_000;
    while (!writing() && child.exitCode === null && Date.now() < givenUp) await setTimeout(1);
    child.kill('SIGKILL');
    await ended;
    const [last] = checkpoints(out);
    expect(checkpoints(out)).toHaveLength(1);
    await readTrainerState(join(out, last ?? ''));
    expect(existsSync(join(out, 'model_index.json'))).toBe(false);

    await train(out, { resume_from_checkpoint: 'latest' });
    expect(readdirSync(out).filter(name => name.endsWith('.partial'))).toEqual([]);
    expect(readLosses(out)).toEqual(readLosses(straight));
    expect(readFileSync(join(out, UNET)).equals(readFileSync(join(straight, UNET)))).toBe(true);
  });
});

// A file system of its own needs root and Linux; where it cannot be made, the test says so.
const mayMount = process.getuid?.() === 0 && canMount();

describe('a disk that fills', () => {
  it.skipIf(!mayMount)('stops the training; the last checkpoint is usable', async () => {
    const disk = join(root, 'disk');
    mkdirSync(disk);
    // A checkpoint takes about 0.8 MB: the second does not fit.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1300k', 'tmpfs', disk]);
    try {
      const out = join(disk, 'out');
      const error = await train(out, { checkpointing_steps: '4' }).catch(reason => reason);
      expect(error).toMatchObject({ code: 'E_WRITE' });
      expect(error.message).not.toContain('.partial');
      expect(error.message).toContain('checkpoint-8');
      expect(checkpoints(out)).toEqual(['checkpoint-4']);
      await readTrainerState(checkpointDir(out, 4));
      execFileSync('mount', ['-o', 'remount,size=20m', disk]);
      await train(out, { resume_from_checkpoint: 'latest' });
      expect(readFileSync(join(out, UNET)).equals(readFileSync(join(root, 'straight', UNET)))).toBe(true);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

function canMount(): boolean {
  const probe = join(root, 'probe');
  mkdirSync(probe);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  }
}

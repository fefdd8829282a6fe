// Stable Diffusion 1.5's shapes on native TensorFlow: one picture of 512x512, and DreamBooth training steps, by the commands
// that a user has; seconds and peak memory. Random weights: speed and memory are real, the pictures are noise.
//   node bench/full-size/run.mjs [--dir FOLDER] [--what picture,train,train-8bit] [--inference-steps 2] [--train-steps 1] [--threads N]
//                                [--precision no] [--backend tensorflow] [--json FILE] [--keep]
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../sideBySide.mjs';
import { writeFullSize } from './model.mjs';
import { watch } from './watch.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    what: { type: 'string', default: 'picture,train,train-8bit' },
    'inference-steps': { type: 'string', default: '2' },
    'train-steps': { type: 'string', default: '1' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    precision: { type: 'string', default: 'no' },
    backend: { type: 'string', default: 'tensorflow' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const GIB = 2 ** 30;
const GOALS = { picture: 8, train: 21, 'train-8bit': 16 };
const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const photos = fileURLToPath(new URL('../../sweeps/subjects/cat-face/', import.meta.url));
const dir = path.resolve(options.dir ?? mkdtempSync(path.join(os.tmpdir(), 'full-size-')));
const model = path.join(dir, 'model');

if (!existsSync(path.join(model, 'model_index.json'))) {
  const start = performance.now();
  const counts = await writeFullSize(model);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `wrote ${model} in ${seconds.toFixed(0)} s: ${Object.entries(counts)
      .map(([part, count]) => `${part} ${count.toLocaleString('en')}`)
      .join(', ')} weights`,
  );
}

const shared = ['--backend', options.backend, '--threads', options.threads];
const commands = {
  picture: () => [
    'sample',
    model,
    '--prompt',
    'a photo of a cat',
    '--steps',
    options['inference-steps'],
    '--seed',
    '0',
    '--output',
    path.join(dir, 'pictures'),
    ...shared,
  ],
  train: more => [
    'train',
    '--pretrained_model_name_or_path',
    model,
    '--instance_data_dir',
    photos,
    '--instance_prompt',
    'a photo of a moji cat',
    '--resolution',
    '512',
    '--train_batch_size',
    '1',
    '--gradient_checkpointing',
    '--max_train_steps',
    options['train-steps'],
    '--lr_warmup_steps',
    '0',
    '--seed',
    '0',
    '--mixed_precision',
    options.precision,
    '--output_dir',
    path.join(dir, 'trained'),
    ...more,
    ...shared,
  ],
};

const rows = [];
for (const what of options.what.split(',')) {
  mkdirSync(dir, { recursive: true });
  rmSync(path.join(dir, 'trained'), { recursive: true, force: true });
  const args =
    what === 'picture'
      ? commands.picture()
      : commands.train(what === 'train-8bit' ? ['--use_8bit_adam'] : []);
  const result = await watch(process.execPath, [cli, ...args]);
  const losses = path.join(dir, 'trained/losses.jsonl');
  const row = {
    what,
    precision: what === 'picture' ? 'no' : options.precision,
    code: result.code,
    killed: result.killed,
    seconds: result.seconds,
    steps: stepTimes(what, result.lines),
    peakGiB: result.peak / GIB,
    gpuPeakGiB: result.gpuPeak === null ? null : result.gpuPeak / GIB,
    swapMiB: result.swap / 2 ** 20,
    leastAvailableGiB: result.leastAvailable / GIB,
    goalGiB: GOALS[what],
    ...(what !== 'picture' && existsSync(losses)
      ? { losses: readFileSync(losses, 'utf8').trim().split('\n') }
      : {}),
    ...(result.code === 0 ? {} : { output: result.lines.slice(-8).map(({ line }) => line) }),
  };
  rows.push(row);
  console.log(describe(row));
}
const result = {
  what: "Stable Diffusion 1.5's shapes, random weights",
  threads: Number(options.threads),
  backend: options.backend,
  ...machine(),
  rows,
};
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
rmSync(path.join(dir, 'trained'), { recursive: true, force: true });
if (!options.keep && !options.dir) rmSync(dir, { recursive: true, force: true });
process.exitCode = rows.every(({ code }) => code === 0) ? 0 : 1;

/** Seconds from the start at which the command said that it had done a step. */
function stepTimes(what, lines) {
  const isStep = what === 'picture' ? /\bstep \d+/i : /"loss"/;
  return lines.filter(({ line }) => isStep.test(line)).map(({ seconds }) => Math.round(seconds));
}

function describe({
  what,
  code,
  killed,
  seconds,
  peakGiB,
  gpuPeakGiB,
  swapMiB,
  leastAvailableGiB,
  goalGiB,
  steps,
  output,
  losses,
}) {
  const end = killed ? 'ENDED: memory ran out' : code === 0 ? '' : `FAILED (${code})`;
  return [
    `${what.padEnd(11)} ${seconds.toFixed(0)} s, peak ${peakGiB.toFixed(2)} GiB (goal ${goalGiB})`,
    gpuPeakGiB === null ? '' : `GPU peak ${gpuPeakGiB.toFixed(2)} GiB`,
    `swap ${swapMiB.toFixed(0)} MiB, least available ${leastAvailableGiB.toFixed(1)} GiB`,
    steps.length > 0 ? `steps done after ${steps.join(', ')} s` : '',
    losses ? losses.join(' ') : '',
    end,
    ...(output ?? []),
  ]
    .filter(Boolean)
    .join('\n            ');
}

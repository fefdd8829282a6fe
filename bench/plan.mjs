// How long planning takes, and how much memory: `npm run bench:plan [-- CELLS]`, after `npm run build`.
// Reads a sweep file of at least that many cells and plans it, in a process of its own per run; no model is opened.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = 5;
const MAX_SECONDS = 2;
const MAX_MEGABYTES = 500;

const [first = '100000', file] = process.argv.slice(2);
if (first === '--child') await planOnce(file);
else report(Number(first));

async function planOnce(path) {
  const { readSweep } = await import('../dist/sweep/readSweep.js');
  const { planSweep } = await import('../dist/planner/planSweep.js');
  const started = performance.now();
  const result = await readSweep(path);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  const read = performance.now();
  const subjects = { cat: { instance: 'photos', class: {} } };
  const plan = planSweep(result.sweep, { model: 'model', subjects });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage();
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const { trials, cells, stages } = plan;
  console.log(
    JSON.stringify({
      trials: trials.length,
      cells: cells.length,
      stages: stages.length,
      readSeconds: (read - started) / 1000,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      megabytes,
    }),
  );
}

function report(cells) {
  const folder = mkdtempSync(join(tmpdir(), 'sweetspot-bench-plan-'));
  try {
    const path = writeSweep(folder, cells);
    const runs = Array.from({ length: RUNS }, () => {
      const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--child', path], {
        encoding: 'utf8',
      });
      if (child.status !== 0) throw new Error(child.stderr);
      return JSON.parse(child.stdout);
    });
    const median = name => runs.map(run => run[name]).sort((a, b) => a - b)[RUNS >> 1];
    const { trials, cells: planned, stages } = runs[0];
    console.log(`${planned} cells of ${trials} trials, ${stages} stages; median of ${RUNS} processes`);
    line('file to plan', median('seconds'), 's', MAX_SECONDS * (planned / 100_000));
    line('  of it reading the file', median('readSeconds'), 's');
    line('processor time, start of Node included', median('cpuSeconds'), 's');
    line('memory, Node included', median('megabytes'), 'MB', MAX_MEGABYTES);
    console.log(`per cell: ${((median('seconds') / planned) * 1e6).toFixed(1)} microseconds`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function line(what, value, unit, limit) {
  const goal =
    limit === undefined
      ? ''
      : `  (goal ${limit.toFixed(limit < 10 ? 1 : 0)} ${unit}: ${(value / limit).toFixed(2)} of it)`;
  console.log(`${what.padEnd(40)} ${value.toFixed(2).padStart(8)} ${unit}${goal}`);
}

/** 200 trials that train 20 weights at 10 lengths each; the rest of the product are prompts, seeds and samplers. */
function writeSweep(folder, cells) {
  mkdirSync(join(folder, 'cat'));
  writeFileSync(join(folder, 'cat', '1.png'), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const seeds = Math.max(1, Math.ceil(cells / (200 * 5 * 2 * 2 * 5)));
  const path = join(folder, 'sweep.yaml');
  writeFileSync(
    path,
    `name: bench
model: pocket
subjects:
  cat: {instance_data_dir: cat, instance_prompt: a photo of a moji cat, class_prompt: a photo of a cat}
train:
  learning_rate: {log: [1e-6, 1e-4], count: 10}
  max_train_steps: {from: 100, to: 1000, by: 100}
  with_prior_preservation: [false, true]
sample:
  prompts: [a moji cat, a moji cat on the moon, a moji cat in snow, a painting of a moji cat, two moji cats]
  scheduler: [ddim, pndm]
  num_inference_steps: [25, 100]
  guidance_scale: [3, 5, 7.5, 9, 12]
  seeds: {from: 0, to: ${seeds - 1}, by: 1}
`,
  );
  return path;
}

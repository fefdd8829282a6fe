// npm run bench:slots: one slot with all threads beside several with a share each, on the pocket model; the same sweep,
// in turn, each in a fresh workspace. Prints seconds from the first job to the end, and the ratio.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSweep } from '../dist/runner/runSweep.js';
import { workspaceAt } from '../dist/store/workspace.js';
import { readSweep } from '../dist/sweep/readSweep.js';

const ROUNDS = Number(process.argv[2] ?? 3);
const subjects = join(import.meta.dirname, '../sweeps/subjects/cat-face');
const cores = availableParallelism();

async function timed(slots) {
  const dir = mkdtempSync(join(tmpdir(), 'sweetspot-slots-'));
  const file = join(dir, 'slots.yaml');
  writeFileSync(
    file,
    `name: slots
model: pocket
subjects: {cat: {instance_data_dir: ${JSON.stringify(subjects)}, instance_prompt: a photo of a moji cat}}
train: {learning_rate: [1e-4, 2e-4, 3e-4, 4e-4], max_train_steps: 6, train_batch_size: 2}
sample: {prompts: [a photo of a moji cat], scheduler: ddim, num_inference_steps: 5, seeds: [0]}
`,
  );
  try {
    const { sweep } = await readSweep(file);
    let first;
    await runSweep(sweep, workspaceAt(dir), {
      worker: { backend: 'wasm' },
      slots: { slots, usualShares: null, gpus: null, shareGpus: false, threads: null },
      measure: false,
      signal: new AbortController().signal,
      emit: ({ event }) => {
        if (event === 'job') first ??= performance.now();
      },
    });
    return (performance.now() - first) / 1000;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const settings = [...new Set([1, 2, cores])].filter(slots => slots <= cores);
const seconds = new Map(settings.map(slots => [slots, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const slots of settings) seconds.get(slots).push(await timed(slots));
}
const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const base = median(seconds.get(1));
console.log(`${cores} cores, ${ROUNDS} rounds, medians`);
for (const [slots, values] of seconds) {
  const threads = Math.max(1, Math.floor(cores / slots));
  const all = values.map(value => value.toFixed(1)).join(', ');
  console.log(
    `${slots} slots x ${threads} threads: ${median(values).toFixed(1)} s (${(base / median(values)).toFixed(2)}x; ${all})`,
  );
}

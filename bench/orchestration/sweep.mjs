// The sweep of the bench: as many trials as are asked for, of one step and one picture each.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSweep } from '../../dist/sweep/readSweep.js';

export async function noOpSweep(folder, trials) {
  mkdirSync(join(folder, 'cat'), { recursive: true });
  writeFileSync(join(folder, 'cat', '1.png'), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const file = join(folder, 'noop.yaml');
  writeFileSync(
    file,
    `name: noop
model: pocket
baseline: false
keep_state: none
subjects:
  cat: {instance_data_dir: cat, instance_prompt: a photo of a moji cat}
train:
  learning_rate: {log: [1e-6, 1e-4], count: 100}
  seed: {from: 0, to: ${Math.ceil(trials / 100) - 1}, by: 1}
  max_train_steps: 1
sample:
  prompts: [a moji cat]
  scheduler: ddim
  num_inference_steps: 1
  seeds: [0]
`,
  );
  const result = await readSweep(file);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.sweep;
}

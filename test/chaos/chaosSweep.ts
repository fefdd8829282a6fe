import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyPipelineDir } from '../support/models.ts';

const PHOTOS = join(import.meta.dirname, '../golden/train/photos/instance');

/** Two trainings of two steps with prior images, snapshots on the way, pictures of each and of the untrained model. */
export function writeChaosSweep(dir: string): string {
  const file = join(dir, 'chaos.yaml');
  writeFileSync(
    file,
    `name: chaos
model: ${JSON.stringify(tinyPipelineDir('plain'))}
subjects:
  cat:
    instance_data_dir: ${JSON.stringify(PHOTOS)}
    instance_prompt: a photo of a moji cat
    class_prompt: a photo of a cat
train:
  learning_rate: [1e-3, 2e-3]
  max_train_steps: [1, 2]
  train_batch_size: 1
  resolution: 32
  with_prior_preservation: true
  num_class_images: 2
  class_num_inference_steps: 1
sample:
  prompts: [a moji cat, a cat]
  scheduler: ddim
  num_inference_steps: 1
  sample_batch_size: 2
  seeds: [0]
`,
  );
  return file;
}

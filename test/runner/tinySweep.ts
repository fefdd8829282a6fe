import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSweep } from '../../src/runner/runSweep.ts';
import { type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';
import { tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';
import { DOES_ITS_JOB, fakeWorker } from './fakeWorker.ts';

const PHOTOS = join(import.meta.dirname, '../golden/train/photos/instance');

/** Two trials of one trajectory, with class images, two pictures each; computed by a worker without tensors. */
export async function runTinySweep({
  workspace = workspaceAt(tempDir()),
  name = 'tiny',
  seeds = [0, 1],
  steps = [2, 4],
}: {
  workspace?: Workspace;
  name?: string;
  seeds?: number[];
  steps?: number[];
} = {}): Promise<{ workspace: Workspace; jobs: string[] }> {
  const file = join(workspace.root, `${name}.yaml`);
  writeFileSync(
    file,
    `name: ${name}
model: ${JSON.stringify(tinyPipelineDir('plain'))}
subjects:
  cat:
    instance_data_dir: ${JSON.stringify(PHOTOS)}
    instance_prompt: a photo of a moji cat
    class_prompt: a photo of a cat
train: {learning_rate: 1e-3, max_train_steps: ${JSON.stringify(steps)}, train_batch_size: 1, resolution: 32,
  with_prior_preservation: true, num_class_images: 2}
sample: {prompts: [a moji cat], scheduler: ddim, num_inference_steps: 1, seeds: ${JSON.stringify(seeds)}}
`,
  );
  const result = await readSweep(file);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  const jobs: string[] = [];
  await runSweep(result.sweep, workspace, {
    worker: { entry: fakeWorker(DOES_ITS_JOB) },
    signal: new AbortController().signal,
    emit: event => event.event === 'job' && jobs.push(event.kind),
  });
  return { workspace, jobs };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEnd, RunEvent } from '../../src/runner/events.ts';
import { type RunSweepSettings, runSweep } from '../../src/runner/runSweep.ts';
import { type Workspace, workspaceAt } from '../../src/store/workspace.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';
import { tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';

const PHOTOS = join(import.meta.dirname, '../golden/train/photos/instance');

interface FakeRun extends Partial<RunSweepSettings> {
  workspace?: Workspace;
  /** Values of `learning_rate`: a training each. */
  rates?: string;
  steps?: string;
  seeds?: string;
  file?: string;
}

export interface FakeRunEnd {
  end: RunEnd;
  events: RunEvent[];
  workspace: Workspace;
}

/** Runs a small sweep with the worker program `entry` in place of the real one. */
export async function runFake(
  entry: string,
  {
    workspace = workspaceAt(tempDir()),
    rates = '1e-3',
    steps = '[2, 4]',
    seeds = '[0]',
    file: fileName = 'tiny.yaml',
    ...settings
  }: FakeRun = {},
): Promise<FakeRunEnd> {
  const file = join(workspace.root, fileName);
  writeFileSync(
    file,
    `name: tiny
model: ${JSON.stringify(tinyPipelineDir('plain'))}
subjects:
  cat: {instance_data_dir: ${JSON.stringify(PHOTOS)}, instance_prompt: a photo of a moji cat}
train: {learning_rate: ${rates}, max_train_steps: ${steps}, train_batch_size: 1, resolution: 32}
sample: {prompts: [a moji cat], scheduler: ddim, num_inference_steps: 1, seeds: ${seeds}, sample_batch_size: 1}
`,
  );
  const result = await readSweep(file);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  const events: RunEvent[] = [];
  const end = await runSweep(result.sweep, workspace, {
    worker: { entry },
    signal: new AbortController().signal,
    emit: event => events.push(event),
    // One after the other, whatever the machine has, where a test does not say more.
    slots: { slots: null, usualShares: 1, gpus: null, shareGpus: false, threads: null },
    ...settings,
  });
  return { end, events, workspace };
}

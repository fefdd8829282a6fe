import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventsOf, runCli, startCli } from '../support/cli.ts';
import { tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';

const PHOTOS = join(import.meta.dirname, '../golden/train/photos/instance');

function workspaceWithSweep(): string {
  const cwd = tempDir();
  writeFileSync(
    join(cwd, 'word.yaml'),
    `name: word
model: ${JSON.stringify(tinyPipelineDir('plain'))}
subjects: {cat: {instance_data_dir: ${JSON.stringify(PHOTOS)}, instance_prompt: a photo of a <moji>}}
train:
  textual_inversion: {placeholder_token: <moji>, initializer_token: cat, num_vectors: 2, max_train_steps: 3,
    train_batch_size: 1, learning_rate: 1e-2}
  max_train_steps: [0, 2]
  train_batch_size: 1
  train_text_encoder: [false, true]
  learning_rate: 1e-3
sample: {prompts: [a <moji>], num_inference_steps: 1, scheduler: ddim}
`,
  );
  return cwd;
}

const picturesOf = (cwd: string): Record<string, string> => {
  const stages = join(cwd, '.sweetspot/stages');
  const names = readdirSync(stages).filter(name => readdirSync(join(stages, name)).includes('image.png'));
  return Object.fromEntries(
    names.map(name => [name, readFileSync(join(stages, name, 'image.png')).toString('base64')]),
  );
};

describe('textual inversion before DreamBooth', () => {
  it('runs, is killed and goes on with the same bytes, and has nothing left to do then', async () => {
    const [straight, killed] = [workspaceWithSweep(), workspaceWithSweep()];
    const args = ['run', 'word.yaml', '--json', '--backend', 'wasm', '--threads', '1'];
    const done = await runCli(args, straight);
    expect(done).toMatchObject({ code: 0 });
    const kinds = eventsOf(done.stdout).filter(({ event }) => event === 'job');
    expect(kinds[0]).toMatchObject({ kind: 'textual-inversion', units: 3 });

    const first = startCli(args, killed);
    await first.line(/"metric".*"step":2/);
    first.child.kill('SIGKILL');
    await first;
    expect(await runCli(args, killed)).toMatchObject({ code: 0 });
    expect(picturesOf(killed)).toEqual(picturesOf(straight));
    expect(Object.keys(picturesOf(straight))).toHaveLength(4);

    const again = eventsOf((await runCli(args, straight)).stdout);
    expect(again.filter(({ event }) => event === 'job')).toEqual([]);
  });
});

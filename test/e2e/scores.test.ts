import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scoreTable } from '../../src/planner/scoreTable.ts';
import type { Plan } from '../../src/planner/types.ts';
import { runSweep } from '../../src/runner/runSweep.ts';
import { openForReading } from '../../src/store/database.ts';
import { readScores } from '../../src/store/readScores.ts';
import { findSweep } from '../../src/store/sweepRecords.ts';
import { workspaceAt } from '../../src/store/workspace.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';
import { tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';

const golden = join(import.meta.dirname, '../golden');
const entry = fileURLToPath(new URL('../../dist/worker/main.js', import.meta.url));

it('measures the pictures of a sweep with a real worker; a later score makes no picture and trains nothing', async () => {
  const workspace = workspaceAt(tempDir());
  const file = join(workspace.root, 'scored.yaml');
  const run = async (metrics: string): Promise<{ kinds: string[]; plan: Plan }> => {
    writeFileSync(
      file,
      `name: scored
model: ${JSON.stringify(tinyPipelineDir('plain'))}
subjects:
  cat:
    instance_data_dir: ${JSON.stringify(join(golden, 'train/photos/instance'))}
    instance_prompt: a moji cat
    class_prompt: a cat
train: {max_train_steps: 1, learning_rate: 1e-3, train_batch_size: 1, resolution: 32}
sample: {prompts: [a moji cat], scheduler: ddim, num_inference_steps: 1, seeds: [0, 1]}
score: {metrics: ${metrics}, scorer: ${JSON.stringify(join(golden, 'scorers/clip'))},
  dino: ${JSON.stringify(join(golden, 'scorers/vit'))}, other_prompts: a dog}
`,
    );
    const result = await readSweep(file);
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
    const kinds: string[] = [];
    const { state } = await runSweep(result.sweep, workspace, {
      worker: { entry, threads: 1 },
      signal: new AbortController().signal,
      emit: event => event.event === 'job' && kinds.push(event.kind),
    });
    expect(state).toBe('complete');
    const database = openForReading(workspace.databaseFile);
    const plan = findSweep(database, 'scored')?.plan as Plan;
    database.close();
    return { kinds, plan };
  };

  const first = await run('[clip_i, leak, diversity]');
  expect(new Set(first.kinds)).toEqual(new Set(['dreambooth', 'sample', 'score']));
  const later = await run('[clip_i, clip_t, other_prompts, leak, diversity, dino_i, noise]');
  expect(new Set(later.kinds)).toEqual(new Set(['score']));
  expect((await run('[clip_i, noise]')).kinds).toEqual([]);

  const { plan } = later;
  const table = scoreTable(plan, readScores(workspace, plan.scoring?.stages.map(({ key }) => key) ?? []));
  for (const values of [table.ofTrial(plan.trials[0]?.id ?? ''), table.ofBaseline('cat')]) {
    expect(Object.keys(values).sort()).toEqual(
      ['clip_i', 'clip_t', 'dino_i', 'diversity', 'leak', 'noise', 'other_prompts'].sort(),
    );
    expect(Object.values(values).every(Number.isFinite)).toBe(true);
  }
}, 120_000);

import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { saveCheckpoint } from '../../src/trainer/checkpointedRun.ts';
import type { StepMetrics } from '../../src/trainer/trainer.ts';
import { tempDir } from '../support/tmp.ts';
import { goldenInversion, readGoldenInversion } from './support/goldenInversion.ts';

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});

it('ends with the bits of one that was not interrupted, mid-epoch with a batch read ahead', async () => {
  const { values } = readGoldenInversion('velocity');
  const dir = join(tempDir(), 'checkpoint-3');
  const straight: StepMetrics[] = [];
  const whole = await goldenInversion(values);
  await whole.trainer.run(6, { onStep: step => straight.push(step) });

  const steps: StepMetrics[] = [];
  const first = await goldenInversion(values);
  await first.trainer.run(3, { onStep: step => steps.push(step) });
  await saveCheckpoint(first.trainer, dir);
  first.dispose();
  const second = await goldenInversion(values);
  await second.trainer.restoreCheckpoint(dir);
  await second.trainer.run(6, { onStep: step => steps.push(step) });

  expect(steps).toEqual(straight);
  expect(second.trainer.embeddings).toEqual(whole.trainer.embeddings);
  second.dispose();
  whole.dispose();

  const other = await goldenInversion({ ...values, learning_rate: '2e-2' });
  await expect(other.trainer.restoreCheckpoint(dir)).rejects.toMatchObject({ code: 'E_CHECKPOINT' });
  other.dispose();
});

it.each([
  ['a placeholder that is a token', { placeholder_token: 'a' }, 'placeholder_token'],
  ['an initializer of several tokens', { initializer_token: 'cat dog' }, 'initializer_token'],
  ['the new word itself as initializer', { initializer_token: '<cat-toy>' }, 'initializer_token'],
])('refuses %s', async (_, change, place) => {
  const { values } = readGoldenInversion('velocity');
  await expect(goldenInversion({ ...values, ...change })).rejects.toMatchObject({ code: 'E_OPTION', place });
});

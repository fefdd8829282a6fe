import { expect, it } from 'vitest';
import { sweepJsonSchema } from '../../src/sweep/jsonSchema.ts';

it('is what sweeps/sweep.schema.json holds (vitest -u writes it anew)', async () => {
  await expect(`${JSON.stringify(sweepJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../sweeps/sweep.schema.json',
  );
});

it('knows every option, and no other', () => {
  const { properties, additionalProperties, $defs } = sweepJsonSchema() as {
    properties: Record<string, { properties?: object }>;
    $defs: Record<string, { properties?: object }>;
    additionalProperties: boolean;
  };
  expect(additionalProperties).toBe(false);
  expect(Object.keys($defs.train?.properties ?? {})).toEqual(
    expect.arrayContaining(['learning_rate', 'max_train_steps', 'with_prior_preservation', 'adam_beta1']),
  );
  expect(Object.keys(properties.sample?.properties ?? {})).toEqual(
    expect.arrayContaining(['prompts', 'scheduler', 'seeds', 'sample_batch_size']),
  );
});

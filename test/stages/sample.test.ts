import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stageKey } from '../../src/stages/identity.ts';
import { pictureStages } from '../../src/stages/sample.ts';

const samplers = fc.record({
  scheduler: fc.constantFrom('ddim' as const, 'dpm-solver-multistep' as const),
  numInferenceSteps: fc.integer({ min: 1, max: 1000 }),
  guidanceScale: fc.double({ min: 0, max: 30, noNaN: true }),
  negativePrompt: fc.string({ unit: 'grapheme' }),
  width: fc.integer({ min: 8, max: 2048 }),
  height: fc.integer({ min: 8, max: 2048 }),
});

it('names a picture by the hash of its identity, whatever the prompt', () => {
  const snapshot = fc.constantFrom(null, 'ab'.repeat(32));
  const prompt = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('","seed":1', '\ud800', ''));
  fc.assert(
    fc.property(samplers, snapshot, prompt, fc.maxSafeNat(), (sampler, snapshotKey, text, seed) => {
      const stage = pictureStages({ model: 'm', snapshotKey, sampler })(text, seed);
      expect(stage.key).toBe(stageKey(stage));
      expect(stage.parameters).toEqual({ ...sampler, prompt: text, seed, precision: 'float32' });
      expect(stage.needs).toEqual(snapshotKey === null ? [] : [snapshotKey]);
      expect(stage.digests).toEqual(snapshotKey === null ? { model: 'm' } : {});
    }),
  );
});

it('keeps the key that workspaces already hold', () => {
  const sampler = {
    scheduler: 'ddim' as const,
    numInferenceSteps: 25,
    guidanceScale: 5,
    negativePrompt: '',
    width: 64,
    height: 64,
  };
  const { key, label } = pictureStages({ model: 'm', snapshotKey: null, sampler })('a cat', 3);
  expect(key).toBe('d406dec19fbf2cec13cf05091e7458a75e32ff8173c16b8860a5159dbde7cc70');
  expect(label).toBe('"a cat" seed 3, ddim 25, untrained');
});

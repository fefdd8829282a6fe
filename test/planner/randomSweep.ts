import fc from 'fast-check';
import type { InputDigests } from '../../src/planner/types.ts';
import { readSweepText } from '../../src/sweep/readSweep.ts';
import type { Sweep } from '../../src/sweep/types.ts';

/** Lists of values under `train:` and `sample:`, by their names in the file. */
export interface Spec {
  subjects: ('cat' | 'dog')[];
  train: Record<string, unknown[]> & { max_train_steps: number[] };
  sample: Record<string, unknown[]> & { prompts: string[]; seeds: number[] };
}

const listOf = <T>(value: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> =>
  fc.uniqueArray(value, { minLength: 1, maxLength });

/** Small sweeps over the options that decide what is shared and what is not. */
export const specs: fc.Arbitrary<Spec> = fc.record({
  subjects: fc.constantFrom<Spec['subjects'][]>(['cat'], ['dog'], ['cat', 'dog']),
  train: fc.record(
    {
      max_train_steps: listOf(fc.integer({ min: 1, max: 40 }), 4),
      learning_rate: listOf(fc.constantFrom(1e-6, 2e-6, 5e-5)),
      lr_scheduler: listOf(fc.constantFrom('constant', 'constant_with_warmup', 'linear', 'cosine')),
      lr_warmup_steps: listOf(fc.constantFrom(0, 5), 2),
      lr_schedule_steps: listOf(fc.constantFrom(null, 50), 2),
      with_prior_preservation: listOf(fc.boolean(), 2),
      num_class_images: listOf(fc.constantFrom(1, 20, 45), 2),
      train_batch_size: listOf(fc.constantFrom(1, 2), 2),
      seed: listOf(fc.constantFrom(0, 7), 2),
    },
    { requiredKeys: ['max_train_steps'] },
  ),
  sample: fc.record(
    {
      prompts: listOf(fc.constantFrom('a cat', 'a dog', '', 'a "quoted" \\ prompt: # yes')),
      seeds: listOf(fc.integer({ min: 0, max: 5 }), 2),
      scheduler: listOf(fc.constantFrom('ddim', 'pndm'), 2),
      num_inference_steps: listOf(fc.constantFrom(5, 25), 2),
      guidance_scale: listOf(fc.constantFrom(0, 1, 7.5), 2),
      negative_prompt: listOf(fc.constantFrom('', 'blurry'), 2),
    },
    { requiredKeys: ['prompts', 'seeds'] },
  ),
});

export const DIGESTS: InputDigests = {
  model: 'a model',
  subjects: { cat: { instance: 'cat photos', class: {} }, dog: { instance: 'dog photos', class: {} } },
};

const SUBJECTS = {
  cat: { instance_data_dir: 'cat', instance_prompt: 'a photo of a moji cat', class_prompt: 'a cat' },
  dog: { instance_data_dir: 'dog', instance_prompt: 'a photo of a moji dog', class_prompt: 'a dog' },
};

/** The sweep that a specification stands for; JSON is YAML, so its text is JSON. */
export function sweepOf(spec: Spec, folder: string, extra: Record<string, unknown> = {}): Promise<Sweep> {
  const subjects = Object.fromEntries(spec.subjects.map(name => [name, SUBJECTS[name]]));
  const { train, sample } = spec;
  return readText(
    JSON.stringify({ name: 'random', model: 'model', subjects, train, sample, ...extra }),
    folder,
  );
}

/** @throws Error with all complaints */
export async function readText(text: string, folder: string): Promise<Sweep> {
  const result = await readSweepText(text, `${folder}/sweep.yaml`);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.sweep;
}

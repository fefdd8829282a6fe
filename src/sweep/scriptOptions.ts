import * as z from 'zod';
import { SweetspotError } from '../core/errors.ts';
import { checkTrainOption, TRAIN_OPTIONS } from '../stages/trainOptions.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { Path, YamlSource } from './yamlSource.ts';

/** Options of train_dreambooth.py whose place in a sweep file is another one, and which. */
const ELSEWHERE: Record<string, string> = {
  pretrained_model_name_or_path: 'The model is named at the top: model',
  revision: 'The model is named at the top: model',
  variant: 'The model is named at the top: model',
  tokenizer_name: 'The model is named at the top: model',
  instance_data_dir: 'It belongs under a subject',
  instance_prompt: 'It belongs under a subject',
  class_data_dir: 'It belongs under a subject',
  class_prompt: 'It belongs under a subject',
  output_dir: 'The workspace keeps what a sweep makes',
  resume_from_checkpoint: 'A sweep goes on by itself: run it again',
  num_train_epochs: 'A sweep counts optimizer updates: max_train_steps',
  sample_batch_size: 'It belongs under sample',
  validation_prompt: 'The pictures of a sweep are described under sample',
  tokenizer_max_length: 'A sweep uses the length of the tokenizer; sweetspot train has this option',
};

/** Where an option of the script belongs that is not one of `train`; null for anything else. */
export const elsewhere = (name: string): string | null =>
  Object.hasOwn(ELSEWHERE, name) ? (ELSEWHERE[name] ?? null) : null;

/** Of the whole sweep, not of single trials: no axis, but not without effect. */
const OF_ALL = ['gradient_checkpointing'];

const isIdle = (name: string, used: readonly string[]): boolean =>
  !used.includes(name) && !OF_ALL.includes(name);

/**
 * Options of the script that a sweep has no use for, but takes, so that a command line can be copied into `train`: what
 * they say is checked as `sweetspot train` checks it.
 */
export function idleOptions(used: readonly string[]): Record<string, z.ZodType> {
  const idle = TRAIN_OPTIONS.filter(({ name }) => isIdle(name, used) && elsewhere(name) === null);
  const single = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'a single value' });
  return Object.fromEntries(
    idle.map(({ name, description }) => [
      name,
      single.optional().describe(`${description} (accepted, without effect in a sweep)`),
    ]),
  );
}

/** Checks what the block says of idle options; gives a line for those that will not do what they say. */
export function checkIdleOptions(
  block: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  used: readonly string[],
  source: YamlSource,
  diagnostics: Diagnostics,
): string[] {
  return Object.entries(block ?? {}).flatMap(([name, value]) => {
    if (!isIdle(name, used) || value === null) return [];
    try {
      return checkTrainOption(name, value).map(line => line.replace(/^--/, ''));
    } catch (error) {
      if (!(error instanceof SweetspotError)) throw error;
      const { what, allowed, got, hint } = error;
      diagnostics.add(source.valueAt([...path, name]), {
        what: `${name}: ${what}`,
        expected: allowed,
        got,
        hint: hint?.replace(/\.$/, ''),
      });
      return [];
    }
  });
}

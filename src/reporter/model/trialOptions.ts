import { INVERSION_OPTIONS } from '../../stages/inversionOptions.ts';
import { TRAIN_OPTIONS } from '../../stages/trainOptions.ts';
import { camelCase, snakeCase, trainDefaults } from '../../sweep/options.ts';
import type { NamedValues, OptionValue, TrainingOptions } from '../../sweep/types.ts';

/**
 * The options that a command line has to give so that `train_dreambooth.py` does what a trial did: those that differ
 * from the script's defaults, and always the ones that everybody looks for.
 */
export function trialOptions(options: TrainingOptions): NamedValues {
  const values = options as unknown as Record<string, OptionValue | undefined>;
  const named: NamedValues = {};
  for (const { name, default: fallback } of TRAIN_OPTIONS) {
    const value = values[camelCase(name)];
    if (value === undefined || value === null) continue;
    if ((value !== fallback && !isNothing(name, value)) || ALWAYS.has(name)) named[name] = value;
  }
  if (Number(options.textualInversionMaxTrainSteps ?? 0) > 0) {
    for (const { name: own, default: fallback } of INVERSION_OPTIONS) {
      const name = `${INVERSION}${own}`;
      const value = values[camelCase(name)] ?? (own === 'resolution' ? options.resolution : undefined);
      if (value === undefined || value === null) continue;
      if (value !== fallback || ALWAYS.has(own)) named[name] = value;
    }
  }
  if (named.with_prior_preservation !== true) {
    delete named.num_class_images;
    delete named.prior_loss_weight;
  }
  return named;
}

/** The options of a trial that a sweep file has to give: those that differ from its defaults, and those everybody looks for. */
export function fileOptions(options: TrainingOptions): NamedValues {
  const defaults: Record<string, OptionValue> = { ...trainDefaults };
  return Object.fromEntries(
    Object.entries(options)
      .map(([field, value]) => [snakeCase(field), value, defaults[field]] as const)
      .filter(([name, value, fallback]) => value !== fallback || ALWAYS.has(name))
      .map(([name, value]) => [name, value]),
  );
}

/** The script says the same by not having the option. */
const isNothing = (name: string, value: OptionValue): boolean => name === 'mixed_precision' && value === 'no';

/** Before the names of the options of a textual inversion that comes first. */
const INVERSION = 'textual_inversion_';

const ALWAYS = new Set([
  'resolution',
  'train_batch_size',
  'learning_rate',
  'lr_warmup_steps',
  'max_train_steps',
  'seed',
]);

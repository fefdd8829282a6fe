import { formatValue } from '../../sweep/formatValue.ts';
import type { NamedValues, OptionValue } from '../../sweep/types.ts';
import type { SweepSettings } from '../model/reportModel.ts';

/** A sweep of one trial: what its file says. */
export interface SingleSweep {
  name: string;
  model: string;
  subject: string;
  instanceDataDir: string;
  instancePrompt: string;
  classDataDir: string | null;
  classPrompt: string | null;
  heldOutDir: string | null;
  train: NamedValues;
  prompts: readonly string[];
  settings: SweepSettings;
}

/** The YAML text of a sweep file. Texts, and whole blocks, are JSON, which YAML reads as it is. */
export function sweepFileText(sweep: SingleSweep): string {
  const { score, baseline, keep_state: keepState } = sweep.settings;
  const lines = [
    `name: ${quoted(sweep.name)}`,
    `model: ${quoted(sweep.model)}`,
    'subjects:',
    `  ${quoted(sweep.subject)}:`,
    `    instance_data_dir: ${quoted(sweep.instanceDataDir)}`,
    `    instance_prompt: ${quoted(sweep.instancePrompt)}`,
    ...given('    class_prompt', sweep.classPrompt),
    ...given('    class_data_dir', sweep.classDataDir),
    ...given('    held_out_dir', sweep.heldOutDir),
    'train:',
    ...entries({ ...sweep.train, ...sweep.settings.train }),
    'sample:',
    '  prompts:',
    ...sweep.prompts.map(prompt => `    - ${quoted(prompt)}`),
    ...entries(sweep.settings.sample),
    ...(score ? [`score: ${JSON.stringify(score)}`] : []),
    ...(baseline === undefined ? [] : [`baseline: ${baseline}`]),
    ...given('keep_state', keepState ?? null),
  ];
  return `${lines.join('\n')}\n`;
}

const given = (name: string, text: string | null): string[] =>
  text === null ? [] : [`${name}: ${quoted(text)}`];

const entries = (values: Record<string, OptionValue | OptionValue[]>): string[] =>
  Object.entries(values).map(([name, value]) => `  ${name}: ${notation(value)}`);

const notation = (value: OptionValue | OptionValue[]): string =>
  Array.isArray(value) ? `[${value.map(scalar).join(', ')}]` : scalar(value);

const scalar = (value: OptionValue): string =>
  typeof value === 'string' ? quoted(value) : formatValue(value);

/** Plain words stay plain; no word that YAML takes for something else. */
const quoted = (text: string): string =>
  /^[a-z][a-z0-9_./-]*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);

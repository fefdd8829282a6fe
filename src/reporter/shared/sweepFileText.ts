import { formatValue } from '../../sweep/formatValue.ts';
import type { NamedValues, OptionValue } from '../../sweep/types.ts';

/** A sweep of one trial: what its file says. */
export interface SingleSweep {
  name: string;
  model: string;
  subject: string;
  instanceDataDir: string;
  instancePrompt: string;
  classDataDir: string | null;
  classPrompt: string | null;
  train: NamedValues;
  prompts: readonly string[];
  sample: NamedValues;
  seeds: readonly number[];
}

/** The YAML text of a sweep file. Texts are JSON strings, which YAML reads as they are. */
export function sweepFileText(sweep: SingleSweep): string {
  const lines = [
    `name: ${quoted(sweep.name)}`,
    `model: ${quoted(sweep.model)}`,
    'subjects:',
    `  ${quoted(sweep.subject)}:`,
    `    instance_data_dir: ${quoted(sweep.instanceDataDir)}`,
    `    instance_prompt: ${quoted(sweep.instancePrompt)}`,
    ...(sweep.classPrompt === null ? [] : [`    class_prompt: ${quoted(sweep.classPrompt)}`]),
    ...(sweep.classDataDir === null ? [] : [`    class_data_dir: ${quoted(sweep.classDataDir)}`]),
    'train:',
    ...entries(sweep.train),
    'sample:',
    '  prompts:',
    ...sweep.prompts.map(prompt => `    - ${quoted(prompt)}`),
    ...entries(sweep.sample),
    `  seeds: [${sweep.seeds.join(', ')}]`,
  ];
  return `${lines.join('\n')}\n`;
}

const entries = (values: NamedValues): string[] =>
  Object.entries(values).map(([name, value]) => `  ${name}: ${scalar(value)}`);

const scalar = (value: OptionValue): string =>
  typeof value === 'string' ? quoted(value) : formatValue(value);

/** Plain words stay plain; no word that YAML takes for something else. */
const quoted = (text: string): string =>
  /^[a-z][a-z0-9_./-]*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);

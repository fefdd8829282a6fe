import type { NamedValues } from '../../sweep/types.ts';

/** What a trial is trained with, as `train_dreambooth.py` and `sweetspot train` call it. */
export interface TrainingCall {
  program: string;
  /** As written in the sweep file. */
  model: string;
  instanceDataDir: string;
  instancePrompt: string;
  classDataDir: string | null;
  classPrompt: string | null;
  /** Options that differ from the script's defaults. */
  options: NamedValues;
  outputDir: string;
}

/** One shell command, an option a line; every value that a shell could misread is quoted. */
export function commandLine(call: TrainingCall): string {
  const prior = call.options.with_prior_preservation === true;
  const given: [string, string | number | boolean | null][] = [
    ['pretrained_model_name_or_path', call.model],
    ['instance_data_dir', call.instanceDataDir],
    ['instance_prompt', call.instancePrompt],
    ...(prior
      ? ([
          ['class_data_dir', call.classDataDir ?? 'class-images'],
          ['class_prompt', call.classPrompt],
        ] as [string, string | null][])
      : []),
    ...Object.entries(call.options),
    ['output_dir', call.outputDir],
  ];
  const words = given.flatMap(([name, value]) => {
    if (value === null || value === false) return [];
    return [value === true ? `--${name}` : `--${name}=${shellWord(value)}`];
  });
  return [call.program, ...words].join(' \\\n  ');
}

/** POSIX quoting; small numbers as `5e-6`. */
function shellWord(value: string | number): string {
  const text =
    typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3
      ? value.toExponential()
      : String(value);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

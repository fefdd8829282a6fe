import { shellWord } from '../../core/shellWord.ts';
import { formatValue } from '../../sweep/formatValue.ts';
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

const INVERSION = 'textual_inversion_';

/**
 * A shell command, an option a line, every value that a shell could misread quoted; two of them where a textual inversion
 * comes first, whose model the training begins with.
 */
export function commandLine(call: TrainingCall): string {
  const options = Object.entries(call.options);
  const word = options.filter(([name]) => name.startsWith(INVERSION));
  if (word.length === 0) return trainingCommand(call);
  const outputDir = `${call.outputDir}-word`;
  const first = command(inversionProgram(call.program), [
    ['pretrained_model_name_or_path', call.model],
    ['train_data_dir', call.instanceDataDir],
    ...word.map(([name, value]): Argument => [name.slice(INVERSION.length), value]),
    ['save_as_full_pipeline', true],
    ['output_dir', outputDir],
  ]);
  if (call.options.max_train_steps === 0) return first;
  const rest = Object.fromEntries(options.filter(([name]) => !name.startsWith(INVERSION)));
  return `${first}\n${trainingCommand({ ...call, model: outputDir, options: rest })}`;
}

type Argument = [name: string, value: string | number | boolean | null];

const inversionProgram = (program: string): string =>
  program.replace(/\btrain$/, 'textual-inversion').replace('train_dreambooth.py', 'textual_inversion.py');

function trainingCommand(call: TrainingCall): string {
  const prior = call.options.with_prior_preservation === true;
  const given: Argument[] = [
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
  return command(call.program, given);
}

function command(program: string, given: readonly Argument[]): string {
  const words = given.flatMap(([name, value]) => {
    if (value === null || value === false) return [];
    return [value === true ? `--${name}` : `--${name}=${shellWord(formatValue(value))}`];
  });
  return [program, ...words].join(' \\\n  ');
}

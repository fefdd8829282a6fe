import type { CommandModule, Options } from 'yargs';
import { runDirectly } from '../runner/directJobs.ts';
import type { TrainOption } from '../stages/trainOptions.ts';
import { BUILT_IN_MODEL, modelDir } from '../sweep/resolveModel.ts';
import { backendOptions, workerSettings } from './backendOptions.ts';
import { checkModel } from './checkModel.ts';
import { onInterrupt } from './interrupt.ts';
import { MadeFolder } from './madeFolder.ts';
import { progressLine } from './progressLine.ts';
import { resolutionRemark } from './resolutionRemark.ts';
import { sayBackend } from './sayBackend.ts';

type Values = Record<string, string | number | boolean | null>;
type ScriptArguments = Values & { backend?: string; threads?: number };

/** A training script of diffusers that is a command here. */
export interface TrainingScript {
  command: string;
  describe: string;
  options: readonly TrainOption[];
  kind: 'train' | 'train-inversion';
  /** Refuses what is wrong with the options; gives the folder that is written to. */
  outputDirOf(values: Values): string;
}

/** One training without a sweep around it, with a script's options; prints {"step","loss","lr"} lines. */
export function scriptCommand(script: TrainingScript): CommandModule<object, ScriptArguments> {
  const { command, describe, options } = script;
  return {
    command,
    describe: `${describe}; prints {"step","loss","lr"} lines`,
    builder: command =>
      command
        .options(Object.fromEntries(options.map(option => [option.name, yargsOption(option)])))
        .options(backendOptions) as never,
    handler: args => train(script, args),
  };
}

/** Values stay as they were typed: the table, not yargs, says what they mean. */
function yargsOption(option: TrainOption): Options {
  const { type, description, choices, required, support } = option;
  const fate =
    support.kind === 'refused' ? ' (not available)' : support.kind === 'ignored' ? ' (ignored)' : '';
  return {
    type: type === 'flag' ? 'boolean' : 'string',
    ...(type === 'strings' ? { array: true } : {}),
    ...(type === 'flag' ? {} : { requiresArg: true }),
    ...(required ? { demandOption: true } : {}),
    ...(option.default === null || option.default === false
      ? {}
      : { defaultDescription: String(option.default) }),
    describe: `${description}${choices ? ` [${choices.join(', ')}]` : ''}${fate}`,
  };
}

async function train(script: TrainingScript, args: ScriptArguments): Promise<void> {
  const { kind } = script;
  const worker = workerSettings(args);
  const values = valuesOf(script.options, args);
  // What is wrong is said before a process is started.
  const outputDir = script.outputDirOf(values);
  checkModel(String(values.pretrained_model_name_or_path));
  const output = new MadeFolder(outputDir);
  const progress = progressLine(process.stderr);
  const remark = await resolutionRemark(values, script.options);
  if (remark !== null) progress.say(`warning: ${remark}`);
  const interrupt = onInterrupt(message => progress.say(message));
  try {
    const end = await runDirectly([{ id: kind, kind, parameters: { values }, outputs: [] }], {
      worker,
      signal: interrupt.signal,
      onWorker: sayBackend(progress),
      onMessage: message => {
        if (message.type === 'metric') {
          const { step, loss, lr } = message;
          progress.clear();
          console.log(JSON.stringify({ step, loss, lr }));
        } else if (message.type === 'progress') {
          progress.update(`${message.unit} ${message.done}/${message.total}`);
        } else if (message.type === 'warning') progress.say(`warning: ${message.message}`);
        else if (message.type === 'info') progress.say(message.message);
      },
    });
    progress.clear();
    if (end === 'stopped') {
      progress.say('Stopped; go on with --resume_from_checkpoint latest.');
    }
  } finally {
    progress.clear();
    interrupt.dispose();
    output.removeIfEmpty();
  }
  process.exitCode = interrupt.exitCode() ?? 0;
}

/** What was given, under the script's names; the built-in model's name becomes its folder. */
function valuesOf(options: readonly TrainOption[], args: ScriptArguments): Values {
  const values: Values = {};
  for (const { name } of options) {
    const value = args[name];
    if (value !== undefined && value !== null) values[name] = value;
  }
  if (values.pretrained_model_name_or_path === BUILT_IN_MODEL) {
    values.pretrained_model_name_or_path = modelDir(BUILT_IN_MODEL, process.cwd());
  }
  return values;
}

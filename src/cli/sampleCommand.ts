import { join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { runDirectly } from '../runner/directJobs.ts';
import type { Job, SchedulerName } from '../stages/job.ts';
import { SCHEDULER_NAMES } from '../stages/schedulers.ts';
import { backendOptions, workerSettings } from './backendOptions.ts';
import { checkModel } from './checkModel.ts';
import { checkFinite, checkWhole } from './checkNumber.ts';
import { onInterrupt } from './interrupt.ts';
import { PictureFolder } from './pictureFolder.ts';
import { progressLine } from './progressLine.ts';
import { sayBackend } from './sayBackend.ts';

interface SampleArguments {
  model: string;
  prompt: string[];
  'negative-prompt': string;
  scheduler: SchedulerName;
  steps: number;
  guidance: number;
  seed: number;
  count: number;
  width?: number | undefined;
  height?: number | undefined;
  'learned-embeds'?: string | undefined;
  output: string;
  backend?: string | undefined;
  threads?: number | undefined;
}

export const sampleCommand: CommandModule<object, SampleArguments> = {
  command: 'sample <model>',
  describe: 'Make pictures with a Stable Diffusion folder: the same ones as diffusers for the same seed',
  builder: command =>
    command
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: '`pocket`, or a folder in diffusers layout',
      })
      .options({
        prompt: {
          type: 'array',
          string: true,
          nargs: 1,
          demandOption: true,
          describe: 'what to draw; several times for several prompts',
        },
        'negative-prompt': {
          type: 'string',
          alias: 'negative_prompt',
          default: '',
          requiresArg: true,
          describe: 'what to keep away from',
        },
        scheduler: { choices: SCHEDULER_NAMES, default: 'pndm' as SchedulerName, describe: 'the sampler' },
        steps: {
          type: 'number',
          alias: 'num_inference_steps',
          default: 50,
          requiresArg: true,
          describe: 'inference steps',
        },
        guidance: {
          type: 'number',
          alias: 'guidance_scale',
          default: 7.5,
          requiresArg: true,
          describe: 'classifier-free guidance scale; 1 turns it off',
        },
        seed: { type: 'number', default: 0, describe: "of torch's CPU generator" },
        count: {
          type: 'number',
          alias: 'num_images_per_prompt',
          default: 1,
          requiresArg: true,
          describe: 'pictures of each prompt; they use seed, seed + 1, ...',
        },
        width: { type: 'number', describe: "pixels; default: the model's own" },
        height: { type: 'number', describe: "pixels; default: the model's own" },
        'learned-embeds': {
          type: 'string',
          alias: 'embeddings',
          requiresArg: true,
          describe: 'learned_embeds.safetensors of a textual inversion, a word to be used in the prompt',
        },
        output: {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe: 'folder for NNNN-seed<seed>.png',
        },
        ...backendOptions,
      }),
  handler: runSample,
};

/** Pictures made at once: bounds memory for large counts. */
const BATCH = 4;

/** Of each prompt; more in one command is a slip of the keyboard. */
const MOST = 10_000;

async function runSample(args: SampleArguments): Promise<void> {
  checkWhole('--steps', args.steps, 1);
  checkWhole('--count', args.count, 1, MOST);
  checkWhole('--seed', args.seed, 0);
  checkFinite('--guidance', args.guidance);
  if (args.width !== undefined) checkWhole('--width', args.width, 1);
  if (args.height !== undefined) checkWhole('--height', args.height, 1);
  const worker = workerSettings(args);
  const model = checkModel(args.model);
  // Made now, so that a place that cannot be written is known before anything is computed.
  const folder = new PictureFolder(resolve(args.output));
  const progress = progressLine(process.stderr);
  const interrupt = onInterrupt(message => progress.say(message));
  try {
    const jobs = args.prompt.flatMap((_, i) => promptJobs(args, i, model, folder));
    await runDirectly(jobs, {
      worker,
      signal: interrupt.signal,
      onWorker: sayBackend(progress),
      onMessage: message => {
        if (message.type === 'progress') progress.update(`step ${message.done}/${message.total}`);
        if (message.type === 'warning') progress.say(`warning: ${message.message}`);
        if (message.type === 'output') {
          const index = Number(message.key);
          const name = folder.take(index, args.seed + (index % args.count));
          progress.clear();
          console.log(join(args.output, name));
        }
      },
    });
  } finally {
    progress.clear();
    interrupt.dispose();
    folder.tidy();
  }
  process.exitCode = interrupt.exitCode() ?? 0;
}

/** The jobs of one prompt: cut as if it were the only one, for the last digits may depend on who shares a batch. */
function promptJobs(args: SampleArguments, prompt: number, model: string, folder: PictureFolder): Job[] {
  const first = prompt * args.count;
  const starts = Array.from({ length: Math.ceil(args.count / BATCH) }, (_, i) => i * BATCH);
  return starts.map(start => {
    const length = Math.min(BATCH, args.count - start);
    const indices = Array.from({ length }, (_, i) => first + start + i);
    return sampleJob(args, args.prompt[prompt] ?? '', indices, model, folder);
  });
}

/** @param indices of pictures, counted through all prompts */
function sampleJob(
  args: SampleArguments,
  prompt: string,
  indices: readonly number[],
  model: string,
  folder: PictureFolder,
): Job {
  return {
    id: 'sample',
    kind: 'sample',
    parameters: {
      modelDir: model,
      snapshotDir: null,
      embeddingsFile: args['learned-embeds'] === undefined ? null : resolve(args['learned-embeds']),
      sampler: {
        scheduler: args.scheduler,
        numInferenceSteps: args.steps,
        guidanceScale: args.guidance,
        negativePrompt: args['negative-prompt'],
        width: args.width ?? null,
        height: args.height ?? null,
      },
      pictures: indices.map(index => ({ prompt, seed: args.seed + (index % args.count) })),
    },
    outputs: indices.map((index, at) => ({
      key: String(index),
      dir: folder.partial(index),
      role: 'picture',
      at,
    })),
  };
}

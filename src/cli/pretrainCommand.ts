import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandModule } from 'yargs';
import { SweetspotError } from '../core/errors.ts';
import { runDirectly } from '../runner/directJobs.ts';
import { PRETRAIN_STAGES, type PretrainStage } from '../stages/job.ts';
import { backendOptions, workerSettings } from './backendOptions.ts';
import { checkWhole } from './checkNumber.ts';
import { onInterrupt } from './interrupt.ts';
import { progressLine } from './progressLine.ts';
import { sayBackend } from './sayBackend.ts';

interface PretrainArguments {
  stage: PretrainStage;
  steps?: number | undefined;
  seed: number;
  art: string;
  tokenizer: string;
  'text-encoder'?: string | undefined;
  vae?: string | undefined;
  work?: string | undefined;
  output: string;
  backend?: string | undefined;
  threads?: number | undefined;
}

/** Updates that a part is trained for unless told otherwise. */
const STEPS: Readonly<Record<PretrainStage, number>> = {
  clip: 3_000,
  vae: 10_000,
  decoder: 13_000,
  unet: 22_000,
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const pretrainCommand: CommandModule<object, PretrainArguments> = {
  command: 'pretrain <stage>',
  describe: 'Make a part of the pocket model from nothing; stopped, it goes on where it was',
  builder: command =>
    command
      .positional('stage', {
        choices: PRETRAIN_STAGES,
        demandOption: true,
        describe:
          'clip: what scores are computed with; vae; decoder: that of a VAE once more; unet: with its text encoder',
      })
      .options({
        steps: {
          type: 'number',
          defaultDescription: Object.entries(STEPS)
            .map(([stage, steps]) => `${stage} ${steps}`)
            .join(', '),
          describe: 'updates in all',
        },
        seed: { type: 'number', default: 0, describe: 'of weights and pictures' },
        art: {
          type: 'string',
          default: join(ROOT, 'pretrain', 'node_modules'),
          defaultDescription: 'pretrain/node_modules',
          describe: 'packages that pictures are composed from',
        },
        tokenizer: {
          type: 'string',
          default: join(ROOT, 'models', 'pocket', 'tokenizer'),
          defaultDescription: 'models/pocket/tokenizer',
          describe: 'folder of the tokenizer',
        },
        'text-encoder': {
          type: 'string',
          requiresArg: true,
          describe: 'folder of a trained text encoder to keep; default: texts are learned, too',
        },
        vae: {
          type: 'string',
          requiresArg: true,
          describe: 'folder of a trained VAE, for decoder and unet',
        },
        work: {
          type: 'string',
          describe: 'folder for checkpoints and losses.jsonl; default: beside the output, with -work',
        },
        output: { type: 'string', demandOption: true, requiresArg: true, describe: 'folder of the result' },
        ...backendOptions,
      }),
  handler: pretrain,
};

async function pretrain(args: PretrainArguments): Promise<void> {
  const { stage, steps = STEPS[stage] } = args;
  checkWhole('--steps', steps, 1);
  checkWhole('--seed', args.seed, 0);
  const worker = workerSettings(args);
  for (const [option, path = args.tokenizer, hint] of [
    ['--text-encoder', args['text-encoder'], undefined],
    ['--vae', args.vae, undefined],
    ['--art', args.art, 'npm ci --prefix pretrain'],
    ['--tokenizer', args.tokenizer, undefined],
  ] as const) {
    if (existsSync(path)) continue;
    throw new SweetspotError('E_MISSING', 'there is no such folder', {
      place: `${option} ${path}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  if (args.vae === undefined && (stage === 'decoder' || stage === 'unet')) {
    throw new SweetspotError('E_OPTION', `${stage} needs a trained VAE`, {
      place: '--vae',
      hint: 'Make one with `sweetspot pretrain vae`.',
    });
  }
  const outputDir = resolve(args.output);
  const progress = progressLine(process.stderr);
  const interrupt = onInterrupt(message => progress.say(message));
  try {
    const parameters = {
      stage,
      artDir: resolve(args.art),
      tokenizerDir: resolve(args.tokenizer),
      textEncoderDir: args['text-encoder'] === undefined ? null : resolve(args['text-encoder']),
      vaeDir: args.vae === undefined || stage === 'vae' ? null : resolve(args.vae),
      workDir: args.work === undefined ? `${outputDir}-work` : resolve(args.work),
      outputDir,
      steps,
      seed: args.seed,
    };
    const end = await runDirectly([{ id: 'pretrain', kind: 'pretrain', parameters, outputs: [] }], {
      worker,
      signal: interrupt.signal,
      onWorker: sayBackend(progress),
      onMessage: message => {
        if (message.type === 'metric') {
          progress.update(`step ${message.step}/${steps}, loss ${message.loss.toFixed(3)}`);
        }
        if (message.type === 'info' || message.type === 'warning') progress.say(message.message);
      },
    });
    progress.clear();
    progress.say(end === 'done' ? `written to ${args.output}` : 'Stopped; the same command goes on.');
  } finally {
    progress.clear();
    interrupt.dispose();
  }
  process.exitCode = interrupt.exitCode() ?? 0;
}

import { SweetspotError } from '../core/errors.ts';
import type { RunLimits } from '../runner/runPlan.ts';
import type { SlotOptions } from '../runner/slots/slotPool.ts';
import { checkWhole } from './checkNumber.ts';

/** Where a run computes, and when it gives up. */
export const runOptions = {
  slots: {
    type: 'number',
    requiresArg: true,
    describe: 'jobs at a time: at most one a GPU, or shares of the CPU',
    defaultDescription: 'one a GPU; on the CPU as many as trainings, cores and memory allow',
  },
  gpus: {
    type: 'string',
    requiresArg: true,
    describe: 'GPUs to use: numbers as nvidia-smi has them, or UUIDs, with commas between',
    defaultDescription: 'all that CUDA_VISIBLE_DEVICES leaves',
  },
  'share-gpus': {
    type: 'boolean',
    default: false,
    describe: 'use GPUs that others use, too, instead of waiting for them',
  },
  'stage-timeout': { type: 'string', requiresArg: true, describe: 'what a stage may take: 90s, 20m, 2h' },
  'hang-timeout': {
    type: 'string',
    requiresArg: true,
    default: '10m',
    describe: 'how long a worker may be silent before it is ended',
  },
  'max-failures': {
    type: 'number',
    requiresArg: true,
    describe: 'give up (exit code 4) when more jobs failed',
  },
  'fail-fast': { type: 'boolean', default: false, describe: 'give up at the first failure' },
} as const;

export interface RunOptionArguments {
  slots?: number | undefined;
  gpus?: string | undefined;
  'share-gpus': boolean;
  threads?: number | undefined;
  'stage-timeout'?: string | undefined;
  'hang-timeout': string;
  'max-failures'?: number | undefined;
  'fail-fast': boolean;
}

export function slotOptions(args: RunOptionArguments): SlotOptions {
  if (args.slots !== undefined) checkWhole('--slots', args.slots, 1);
  return {
    slots: args.slots ?? null,
    usualShares: null,
    gpus: args.gpus ?? null,
    shareGpus: args['share-gpus'],
    threads: args.threads ?? null,
  };
}

export function runLimits(args: RunOptionArguments): RunLimits {
  const { 'max-failures': maxFailures, 'stage-timeout': stage, 'hang-timeout': hang } = args;
  if (maxFailures !== undefined) checkWhole('--max-failures', maxFailures, 0);
  return {
    maxFailures: maxFailures ?? null,
    failFast: args['fail-fast'],
    stageMs: stage === undefined ? null : duration('--stage-timeout', stage),
    hangMs: duration('--hang-timeout', hang),
  };
}

const UNIT_MS: Record<string, number> = { '': 1_000, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `90`, `90s`, `1.5m` or `2h`. */
function duration(option: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([smh]?)$/.exec(text.trim()) ?? [];
  const ms = Number(number) * (UNIT_MS[unit] ?? Number.NaN);
  if (number !== '' && ms > 0) return ms;
  throw new SweetspotError('E_USAGE', 'not a usable value', {
    place: option,
    allowed: 'a time such as 90s, 20m or 2h',
    got: text,
  });
}

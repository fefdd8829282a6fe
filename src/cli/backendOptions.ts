import type { WorkerSettings } from '../runner/workerProcess.ts';
import { checkWhole } from './checkNumber.ts';

/** Options of every command that computes. */
export const backendOptions = {
  backend: {
    choices: ['tensorflow', 'wasm', 'cpu'] as const,
    describe:
      'tensor backend (or SWEETSPOT_BACKEND); default: native TensorFlow where it is installed, else wasm',
  },
  compile: {
    choices: ['on', 'off', 'xla'] as const,
    describe:
      'whether native TensorFlow runs whole steps as graphs (or SWEETSPOT_COMPILE); xla: as machine code, made in half a minute or more; default: on',
  },
  threads: { type: 'number', describe: 'threads of the worker; default: all cores' },
} as const;

/** What the worker is started with; the command line wins over the environment. */
export function workerSettings(args: {
  backend?: string | undefined;
  compile?: string | undefined;
  threads?: number | undefined;
  allow_tf32?: string | number | boolean | null | undefined;
}): WorkerSettings {
  if (args.threads !== undefined) checkWhole('--threads', args.threads, 1);
  return {
    backend: args.backend ?? process.env.SWEETSPOT_BACKEND,
    threads: args.threads,
    env: {
      ...(args.allow_tf32 === true && { SWEETSPOT_ALLOW_TF32: '1' }),
      ...(args.compile !== undefined && { SWEETSPOT_COMPILE: args.compile }),
    },
  };
}

import type { Argv } from 'yargs';
import type { SweepChanges } from '../sweep/readSweep.ts';

/** Options of the commands that read a sweep file: what to change about it, without changing the file. */
export const overrideOptions = {
  set: {
    alias: 'S',
    type: 'array',
    string: true,
    nargs: 1,
    default: [] as string[],
    defaultDescription: 'the file as it is',
    describe: 'KEY=VALUE: replace a value of the file, e.g. -S train.learning_rate=1e-6,2e-6',
  },
  only: {
    type: 'array',
    string: true,
    nargs: 1,
    default: [] as string[],
    defaultDescription: 'every trial',
    describe: 'only trials with these values, e.g. --only learning_rate=1e-5,subject=cat',
  },
  exclude: {
    type: 'array',
    string: true,
    nargs: 1,
    default: [] as string[],
    defaultDescription: 'no trial',
    describe: 'no trials with these values',
  },
} as const;

export interface OverrideArguments {
  set: string[];
  only: string[];
  exclude: string[];
}

/** Names under which yargs keeps lists that are meant to be lists. */
const LISTS = new Set(['set', 'S', 'only', 'exclude', '_', '--']);

/**
 * Lets -S, --only and --exclude of a command be given several times. Of every other option the last one counts, as
 * everywhere; yargs can only be told so for all options at once.
 */
export const withRepeatedOptions = <T>(command: Argv<T>): Argv<T> =>
  command
    .parserConfiguration({
      'camel-case-expansion': false,
      'duplicate-arguments-array': true,
      'boolean-negation': false,
    })
    .middleware(args => {
      const values = args as Record<string, unknown>;
      for (const [name, value] of Object.entries(values)) {
        if (Array.isArray(value) && !LISTS.has(name)) values[name] = value.at(-1);
      }
    }, true);

export const changesOf = ({ set, only, exclude }: OverrideArguments): SweepChanges => ({
  set,
  only,
  exclude,
});

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

export const changesOf = ({ set, only, exclude }: OverrideArguments): SweepChanges => ({
  set,
  only,
  exclude,
});

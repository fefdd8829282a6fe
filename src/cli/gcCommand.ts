import type { CommandModule } from 'yargs';
import { SweetspotError } from '../core/errors.ts';
import { formatBytes } from '../core/formatBytes.ts';
import { bestTrials } from '../reporter/model/bestTrials.ts';
import { readReportModel } from '../reporter/writeReport.ts';
import { collectGarbage, previewGarbage, type Ranking } from '../runner/collectGarbage.ts';
import type { Garbage, GarbagePolicy, Keep } from '../runner/garbage.ts';
import type { KeepState } from '../sweep/types.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface GcArguments {
  keep: string;
  'keep-state'?: KeepState | undefined;
  yes: boolean;
  json: boolean;
  workspace: string;
}

export const gcCommand: CommandModule<object, GcArguments> = {
  command: 'gc',
  describe: 'Free disk: show what a policy does not keep; with -y let it go',
  builder: command =>
    command.options({
      keep: {
        type: 'string',
        requiresArg: true,
        default: 'all',
        describe:
          "all: all that a sweep of this workspace refers to; trials: every trial's weights and pictures, not what was only needed on the way; best:N: the weights behind the N best settings of each subject alone",
      },
      'keep-state': {
        choices: ['last', 'all', 'none'] as const,
        describe: "states that training can go on from (without it: as each sweep's file says)",
      },
      yes: { type: 'boolean', alias: 'y', default: false, describe: 'do it' },
      json: { type: 'boolean', default: false, describe: 'JSON' },
      ...workspaceOption,
    }),
  async handler(args) {
    const workspace = workspaceOf(args);
    const policy: GarbagePolicy = { keep: keepOf(args.keep), keepState: args['keep-state'] ?? null };
    const unranked: string[] = [];
    const ranking: Ranking = (sweep, settings) => {
      const best = bestTrials(readReportModel(workspace, sweep), settings);
      if (best === null) unranked.push(sweep);
      return best;
    };
    const garbage = args.yes
      ? await collectGarbage(workspace, policy, ranking)
      : previewGarbage(workspace, policy, ranking);
    if (args.json) console.log(JSON.stringify({ ...garbage, unranked, done: args.yes }));
    else console.log([...unranked.map(keptWhole), ...describe(garbage, args.yes)].join('\n'));
  },
};

function keepOf(text: string): Keep {
  if (text === 'all' || text === 'trials') return { kind: text };
  const count = Number(/^best:(\d{1,6})$/.exec(text)?.[1]);
  if (count > 0) return { kind: 'best', count };
  throw new SweetspotError('E_USAGE', 'not a usable value', {
    place: '--keep',
    allowed: 'all, trials, or best:N',
    got: text,
  });
}

const keptWhole = (sweep: string): string =>
  `${sweep}: no score tells its settings apart, so all of them are kept.`;

function describe({ release, remove, bytes }: Garbage, done: boolean): string[] {
  const all = [...release, ...remove];
  if (all.length === 0) return ['Nothing to free: the policy keeps everything that is here.'];
  const verb = done ? 'Freed' : 'Would free';
  return [
    `${verb} ${formatBytes(bytes)}, ${all.length} ${all.length === 1 ? 'stage' : 'stages'}:`,
    ...all.map(({ label, bytes: size }) => `  ${formatBytes(size).padStart(7)}  ${label}`),
    ...(done ? [] : ['Nothing was freed yet: add -y to do it.']),
  ];
}

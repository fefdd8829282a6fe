import type { CommandModule } from 'yargs';
import { describePlan } from '../planner/describePlan.ts';
import { checkDisk, checkHours } from '../planner/limits.ts';
import { planToJson } from '../planner/planToJson.ts';
import { openPlan } from '../runner/openPlan.ts';
import { type LimitArguments, limitOptions, limitsOf } from './limitOptions.ts';
import { changesOf, type OverrideArguments, overrideOptions } from './overrides.ts';
import { readSweepOrFail } from './readSweepOrFail.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface PlanArguments extends OverrideArguments, LimitArguments {
  file: string;
  json: boolean;
  workspace: string;
}

export const planCommand: CommandModule<object, PlanArguments> = {
  command: 'plan <file>',
  describe: 'Show what a sweep would run: trials, stages, steps, pictures, disk, time. Changes nothing',
  builder: command =>
    command.positional('file', { type: 'string', demandOption: true, describe: 'the sweep file' }).options({
      json: { type: 'boolean', default: false, describe: 'one JSON object' },
      ...limitOptions,
      ...overrideOptions,
      ...workspaceOption,
    }),
  async handler(args) {
    const sweep = await readSweepOrFail(args.file, changesOf(args));
    const workspace = workspaceOf(args);
    const { freeDisk, ...limits } = limitsOf(args, workspace);
    const { plan, seconds } = await openPlan(sweep, workspace);
    if (args.json) console.log(JSON.stringify(planToJson(plan)));
    else console.log(describePlan(plan, { seconds, freeDisk }).join('\n'));
    checkDisk(plan, { ...limits, freeDisk: null });
    checkHours(seconds, limits);
  },
};

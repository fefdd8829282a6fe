import { relative } from 'node:path';
import type { CommandModule } from 'yargs';
import { EXIT, toErrorJson } from '../core/errors.ts';
import { checkDisk, checkHours } from '../planner/limits.ts';
import { writeReport } from '../reporter/writeReport.ts';
import { runSweep } from '../runner/runSweep.ts';
import { backendOptions, workerSettings } from './backendOptions.ts';
import { onInterrupt } from './interrupt.ts';
import { type LimitArguments, limitOptions, limitsOf } from './limitOptions.ts';
import { changesOf, type OverrideArguments, overrideOptions, withRepeatedOptions } from './overrides.ts';
import { progressLine } from './progressLine.ts';
import { readSweepOrFail } from './readSweepOrFail.ts';
import { showRun } from './runProgress.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface RunArguments extends OverrideArguments, LimitArguments {
  file: string;
  json: boolean;
  workspace: string;
  backend?: string | undefined;
  threads?: number | undefined;
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run <file>',
  describe: 'Run a sweep, or go on with it where it stopped; then write its report',
  builder: command =>
    withRepeatedOptions(command)
      .positional('file', { type: 'string', demandOption: true, describe: 'the sweep file' })
      .options({
        json: { type: 'boolean', default: false, describe: 'one JSON event a line on standard output' },
        ...limitOptions,
        ...backendOptions,
        ...overrideOptions,
        ...workspaceOption,
      }),
  async handler(args) {
    if (!args.json) return run(args);
    try {
      await run(args);
    } catch (error) {
      // Whoever reads the events learns why they end.
      console.log(JSON.stringify({ event: 'error', error: toErrorJson(error) }));
      throw error;
    }
  },
};

async function run(args: RunArguments): Promise<void> {
  const worker = workerSettings(args);
  const sweep = await readSweepOrFail(args.file, changesOf(args));
  const workspace = workspaceOf(args);
  const limits = limitsOf(args, workspace);
  const line = progressLine(process.stderr);
  const show = showRun(line);
  const interrupt = onInterrupt(message => line.say(message));
  try {
    const { state, failures } = await runSweep(sweep, workspace, {
      worker,
      signal: interrupt.signal,
      emit: event => (args.json ? console.log(JSON.stringify(event)) : show(event)),
      onPlan: plan => checkDisk(plan, limits),
      onEstimate: seconds => checkHours(seconds, limits),
    });
    line.clear();
    if (state === 'stopped') {
      line.say('Stopped; everything finished is kept. The same command goes on from here.');
      process.exitCode = interrupt.exitCode() ?? EXIT.interrupted;
      return;
    }
    const page = await writeReport({ workspace, name: sweep.name });
    if (args.json) console.log(JSON.stringify({ event: 'report', path: page }));
    else console.log(`report: ${relative(process.cwd(), page) || page}`);
    if (failures > 0) process.exitCode = EXIT.trialFailed;
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

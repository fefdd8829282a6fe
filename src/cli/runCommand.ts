import type { CommandModule } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { EXIT, SweetspotError, toErrorJson } from '../core/errors.ts';
import { checkDisk, checkHours } from '../planner/limits.ts';
import { writeReport } from '../reporter/writeReport.ts';
import { runSweep } from '../runner/runSweep.ts';
import { backendOptions, workerSettings } from './backendOptions.ts';
import { bestLines } from './bestLines.ts';
import { onInterrupt } from './interrupt.ts';
import { type LimitArguments, limitOptions, limitsOf } from './limitOptions.ts';
import { changesOf, type OverrideArguments, overrideOptions } from './overrides.ts';
import { progressLine } from './progressLine.ts';
import { readSweepOrFail } from './readSweepOrFail.ts';
import { type RunOptionArguments, runLimits, runOptions, slotOptions } from './runOptions.ts';
import { showRun } from './runProgress.ts';
import { commandLine, fromHere, RunSummary } from './runSummary.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface RunArguments extends OverrideArguments, LimitArguments, RunOptionArguments {
  file: string;
  json: boolean;
  workspace: string;
  backend?: string | undefined;
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run <file>',
  describe: 'Run a sweep, or go on with it where it stopped; then write its report',
  builder: command =>
    command.positional('file', { type: 'string', demandOption: true, describe: 'the sweep file' }).options({
      json: { type: 'boolean', default: false, describe: 'one JSON event a line on standard output' },
      ...limitOptions,
      ...backendOptions,
      ...runOptions,
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
  const settings = { worker: workerSettings(args), slots: slotOptions(args), limits: runLimits(args) };
  const sweep = await readSweepOrFail(args.file, changesOf(args), diagnostic => {
    if (args.json) console.log(JSON.stringify({ event: 'diagnostic', ...diagnostic }));
  });
  const workspace = workspaceOf(args);
  const limits = limitsOf(args, workspace);
  const line = progressLine(process.stderr);
  const show = showRun(line);
  const summary = new RunSummary();
  const command = commandLine(hideBin(process.argv));
  const interrupt = onInterrupt(message => line.say(message));
  try {
    const { state, failures, reason } = await runSweep(sweep, workspace, {
      ...settings,
      signal: interrupt.signal,
      onPlan: plan => checkDisk(plan, limits),
      onEstimate: seconds => checkHours(seconds, limits),
      emit: event => {
        summary.see(event);
        if (args.json) console.log(JSON.stringify(event));
        else show(event);
      },
    });
    line.clear();
    if (state === 'stopped') {
      line.say(`Stopped; everything finished is kept. The same command goes on from here: ${command}`);
      process.exitCode = interrupt.exitCode() ?? EXIT.interrupted;
      return;
    }
    const page = await writeReport({ workspace, name: sweep.name });
    if (args.json) {
      console.log(JSON.stringify({ event: 'summary', failures: summary.failures, command }));
      console.log(JSON.stringify({ event: 'report', path: page }));
    } else {
      const best = summary.worked ? bestLines(workspace, sweep.name) : [];
      for (const text of [...best, ...summary.lines(command)]) console.log(text);
      console.log(`report: ${fromHere(page)}`);
    }
    if (reason === 'max-failures') {
      throw new SweetspotError('E_FAILURE_BUDGET', 'gave up: too many jobs failed', {
        place: '--max-failures',
        allowed: `at most ${args['max-failures']}`,
        hint: 'Everything finished is kept; the same command goes on',
      });
    }
    if (failures > 0) process.exitCode = EXIT.trialFailed;
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

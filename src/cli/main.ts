#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { TOOL_VERSION } from '../core/version.ts';
import { backendCommand } from './backendCommand.ts';
import { bestCommand } from './bestCommand.ts';
import { ChosenOptions } from './chosenOptions.ts';
import { onClosedOutput } from './closedOutput.ts';
import { doctorCommand } from './doctorCommand.ts';
import { exportCommand } from './exportCommand.ts';
import { gcCommand } from './gcCommand.ts';
import { initCommand } from './initCommand.ts';
import { planCommand } from './planCommand.ts';
import { pretrainCommand } from './pretrainCommand.ts';
import { printError } from './printError.ts';
import { reportCommand } from './reportCommand.ts';
import { runCommand } from './runCommand.ts';
import { sampleCommand } from './sampleCommand.ts';
import { statusCommand } from './statusCommand.ts';
import { textualInversionCommand } from './textualInversionCommand.ts';
import { trainCommand } from './trainCommand.ts';
import { usageError } from './usageError.ts';

const args = hideBin(process.argv);
const chosen = new ChosenOptions(args);
const verbose = args.includes('--verbose');

onClosedOutput(process.stdout);
onClosedOutput(process.stderr);

try {
  await yargs(args)
    .scriptName('sweetspot')
    .usage('$0 COMMAND\n\nFinds the hyperparameters that make DreamBooth work for your photos.')
    .parserConfiguration({
      'camel-case-expansion': false,
      // Of what takes one value ChosenOptions refuses several.
      'duplicate-arguments-array': true,
      'boolean-negation': false,
    })
    .middleware((_, yargs?: unknown) => chosen.look(yargs), true)
    .option('verbose', { type: 'boolean', default: false, describe: 'print stack traces with errors' })
    .command(initCommand)
    .command(planCommand)
    .command(runCommand)
    .command(statusCommand)
    .command(reportCommand)
    .command(bestCommand)
    .command(exportCommand)
    .command(trainCommand)
    .command(textualInversionCommand)
    .command(sampleCommand)
    .command(backendCommand)
    .command(doctorCommand)
    .command(gcCommand)
    .command(pretrainCommand)
    .completion('completion', 'Print a script that completes commands and options in bash or zsh')
    .demandCommand(1, 'No command was given.')
    .strict()
    .recommendCommands()
    .version(TOOL_VERSION)
    .alias({ h: 'help' })
    .wrap(Math.min(110, process.stdout.columns || 110))
    .fail((message, error) => {
      if (error && error.name !== 'YError') throw error;
      throw usageError(message ?? error?.message ?? '', args, chosen.hint());
    })
    .parseAsync();
} catch (error) {
  process.exitCode = printError(error, verbose);
}

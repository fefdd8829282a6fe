#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { EXIT, SweetspotError } from '../core/errors.ts';
import { TOOL_VERSION } from '../core/version.ts';
import { planCommand } from './planCommand.ts';
import { printError } from './printError.ts';
import { reportCommand } from './reportCommand.ts';
import { runCommand } from './runCommand.ts';
import { sampleCommand } from './sampleCommand.ts';
import { statusCommand } from './statusCommand.ts';
import { trainCommand } from './trainCommand.ts';

const args = hideBin(process.argv);
const verbose = args.includes('--verbose');

// `sweetspot plan FILE | head` closes the pipe early: that is no error.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

try {
  await yargs(args)
    .scriptName('sweetspot')
    .usage('$0 COMMAND\n\nFinds the hyperparameters that make DreamBooth work for your photos.')
    .parserConfiguration({
      'camel-case-expansion': false,
      'duplicate-arguments-array': false,
      'boolean-negation': false,
    })
    .option('verbose', { type: 'boolean', default: false, describe: 'print stack traces with errors' })
    .command(planCommand)
    .command(runCommand)
    .command(statusCommand)
    .command(reportCommand)
    .command(trainCommand)
    .command(sampleCommand)
    .demandCommand(1, 'No command was given.')
    .strict()
    .recommendCommands()
    .version(TOOL_VERSION)
    .alias({ h: 'help' })
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .fail((message, error, parser) => {
      if (error) throw error;
      throw new SweetspotError('E_USAGE', message.replace(/\s+/g, ' ').replace(/[.?]$/, ''), {
        hint: `See \`sweetspot ${parser.parsed ? [...parser.parsed.argv._, ''].join(' ') : ''}--help\``,
      });
    })
    .parseAsync();
} catch (error) {
  process.exitCode = printError(error, verbose);
}

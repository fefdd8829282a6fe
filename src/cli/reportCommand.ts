import { relative, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { writeReport } from '../reporter/writeReport.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface ReportArguments {
  name: string;
  output?: string | undefined;
  workspace: string;
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report <name>',
  describe: 'Write the page of a sweep: reports/NAME/index.html',
  builder: command =>
    command
      .positional('name', { type: 'string', demandOption: true, describe: 'name of the sweep' })
      .options({
        output: { type: 'string', requiresArg: true, describe: 'another folder for the page' },
        ...workspaceOption,
      }),
  async handler(args) {
    const page = await writeReport({
      workspace: workspaceOf(args),
      name: args.name,
      ...(args.output === undefined ? {} : { outputDir: resolve(args.output) }),
    });
    console.log(`report: ${relative(process.cwd(), page) || page}`);
  },
};

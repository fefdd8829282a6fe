import type { CommandModule } from 'yargs';
import { exportCsv } from '../reporter/exportCsv.ts';
import { readReportModel } from '../reporter/writeReport.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface ExportArguments {
  name: string;
  format: 'json' | 'csv';
  workspace: string;
}

export const exportCommand: CommandModule<object, ExportArguments> = {
  command: 'export <name>',
  describe: 'Print what the report of a sweep is made of: all as JSON, or a line a picture as CSV',
  builder: command =>
    command
      .positional('name', { type: 'string', demandOption: true, describe: 'name of the sweep' })
      .options({
        format: {
          choices: ['json', 'csv'] as const,
          default: 'json' as const,
          requiresArg: true,
          describe: 'json: the ReportModel (docs/report.md); csv: one line a picture',
        },
        ...workspaceOption,
      }),
  handler(args) {
    const model = readReportModel(workspaceOf(args), args.name);
    process.stdout.write(args.format === 'csv' ? exportCsv(model) : `${JSON.stringify(model, null, 2)}\n`);
  },
};

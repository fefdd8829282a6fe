import type { CommandModule } from 'yargs';
import { SweetspotError } from '../core/errors.ts';
import { type SweepStatus, sweepStatuses } from '../runner/sweepStatus.ts';
import type { Workspace } from '../store/workspace.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface StatusArguments {
  name?: string | undefined;
  json: boolean;
  workspace: string;
}

export const statusCommand: CommandModule<object, StatusArguments> = {
  command: 'status [name]',
  describe: 'How the sweeps of this workspace stand',
  builder: command =>
    command.positional('name', { type: 'string', describe: 'only this sweep' }).options({
      json: { type: 'boolean', default: false, describe: 'JSON' },
      ...workspaceOption,
    }),
  handler(args) {
    const all = statusesIn(workspaceOf(args), args.name);
    if (all.length === 0 && !args.json) console.log('no sweep was run in this folder yet');
    const wanted = args.name === undefined ? all : all.filter(({ name }) => name === args.name);
    if (args.name !== undefined && wanted.length === 0) {
      throw new SweetspotError('E_MISSING', 'there is no sweep of this name in the workspace', {
        place: args.name,
        ...(all.length > 0 && { allowed: `one of ${all.map(({ name }) => name).join(', ')}` }),
        hint: 'Run `sweetspot run FILE` first, or name the right folder with --workspace DIR',
      });
    }
    if (args.json) console.log(JSON.stringify(args.name === undefined ? wanted : wanted[0]));
    else for (const status of wanted) console.log(describe(status).join('\n'));
  },
};

/** All sweeps; a folder where none was run has none, which is a mistake only where one is named. */
function statusesIn(workspace: Workspace, name: string | undefined): SweepStatus[] {
  try {
    return sweepStatuses(workspace);
  } catch (error) {
    if (name === undefined && error instanceof SweetspotError && error.code === 'E_MISSING') return [];
    throw error;
  }
}

function describe(status: SweepStatus): string[] {
  const { name, state, stages, steps, pictures, failures, backends } = status;
  const lines = [
    `${name}: ${state}`,
    `  stages    ${stages.done} of ${stages.total}`,
    `  steps     ${steps.done} of ${steps.total}`,
    `  pictures  ${pictures.done} of ${pictures.total}`,
  ];
  if (backends.length > 1)
    lines.push(`  mixed backends: ${backends.join('; ')}: digits differ slightly between them`);
  for (const failure of failures)
    lines.push(
      `  failed${failure.class ? `, ${failure.class}` : ''}: ${failure.label}: ${failure.error?.what ?? 'no reason known'}`,
    );
  return lines;
}

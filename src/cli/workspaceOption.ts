import { type Workspace, workspaceAt } from '../store/workspace.ts';

export const workspaceOption = {
  workspace: {
    type: 'string',
    requiresArg: true,
    default: '.',
    defaultDescription: 'this folder',
    describe: 'folder for .sweetspot/ and reports/',
  },
} as const;

export const workspaceOf = ({ workspace }: { workspace: string }): Workspace => workspaceAt(workspace);

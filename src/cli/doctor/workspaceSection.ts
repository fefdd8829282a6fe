import { inspectWorkspace, type WorkspaceFinding } from '../../runner/inspectWorkspace.ts';
import type { Workspace } from '../../store/workspace.ts';
import type { Check, Section } from './section.ts';

/** The workspace's disk, database and stages; with `repair`, mended. */
export async function workspaceSection(
  workspace: Workspace,
  options: Parameters<typeof inspectWorkspace>[1],
): Promise<Section> {
  const findings = await inspectWorkspace(workspace, options);
  return { title: `Workspace ${workspace.root}`, checks: findings.map(checkOf) };
}

const NAMES: Record<WorkspaceFinding['level'], string> = {
  ok: 'fine',
  warning: 'warning',
  problem: 'problem',
  mended: 'mended',
};

function checkOf({ level, what, hint }: WorkspaceFinding): Check {
  const state = level === 'problem' ? 'broken' : level === 'warning' ? 'missing' : 'ok';
  return { name: NAMES[level], state, detail: what, ...(hint === undefined ? {} : { fix: hint }) };
}

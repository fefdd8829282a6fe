import { existsSync, readdirSync } from 'node:fs';
import { formatBytes } from '../core/formatBytes.ts';
import { databaseFault, openForReading, openForWriting, setDatabaseAside } from '../store/database.ts';
import { acquireLock, isLocked } from '../store/lock.ts';
import { networkFileSystem } from '../store/networkFileSystem.ts';
import { completedStages } from '../store/stageRows.ts';
import { isPartial, quarantine } from '../store/stageStore.ts';
import { syncStages } from '../store/syncStages.ts';
import { verifyStages } from '../store/verifyStages.ts';
import { createWorkspace, type Workspace } from '../store/workspace.ts';
import { awaitOldWorkers } from './oldWorkers.ts';

export interface WorkspaceFinding {
  /** `problem`: something is lost or would go wrong. `mended`: it was one, and is none any more. */
  level: 'ok' | 'warning' | 'problem' | 'mended';
  what: string;
  /** What to do about it. */
  hint?: string;
}

interface Inspection {
  /** Mends what can be mended; needs the workspace to itself. */
  repair: boolean;
  onStage?: (done: number, total: number) => void;
}

const REPAIR_HINT = 'Mend it with `sweetspot doctor --repair`';

/**
 * Looks a workspace over: its disk, the database, and every stage against its manifest (reads all bytes). With `repair`
 * a damaged database is put aside and rebuilt from the manifests, and a stage with other bytes than were written goes
 * to `.sweetspot/quarantine/`, so that the next run makes it anew.
 *
 * @throws E_STORE when it is to be repaired and another orchestrator works in it
 */
export async function inspectWorkspace(
  workspace: Workspace,
  { repair, onStage }: Inspection,
): Promise<WorkspaceFinding[]> {
  if (!existsSync(workspace.home)) return [{ level: 'ok', what: 'no sweep was run in this folder yet' }];
  if (!repair) return look(workspace, onStage);
  createWorkspace(workspace);
  const lock = acquireLock(workspace);
  try {
    await awaitOldWorkers(workspace);
    return await mend(workspace, onStage);
  } finally {
    lock.release();
  }
}

async function look(workspace: Workspace, onStage: Inspection['onStage']): Promise<WorkspaceFinding[]> {
  const findings = [...diskFindings(workspace)];
  if (isLocked(workspace)) findings.push({ level: 'ok', what: 'a sweep is running here now' });
  const fault = existsSync(workspace.databaseFile) ? databaseFault(workspace.databaseFile) : 'it is missing';
  if (fault !== undefined) findings.push(problem(`the database cannot be used: ${fault}`));
  else findings.push(...rowFindings(workspace));
  if (!existsSync(workspace.stages)) return findings;
  const { faults, ...counts } = await verifyStages(workspace, onStage);
  findings.push(...faults.map(({ key, what }) => problem(`stage ${key}: ${what}`)), stagesLine(counts));
  return findings;
}

async function mend(workspace: Workspace, onStage: Inspection['onStage']): Promise<WorkspaceFinding[]> {
  const findings = [...diskFindings(workspace)];
  const { databaseFile } = workspace;
  const fault = existsSync(databaseFile) ? databaseFault(databaseFile) : undefined;
  if (fault !== undefined) {
    findings.push(
      mended(`the database could not be used (${fault}); it lies in ${setDatabaseAside(databaseFile)}`),
    );
  }
  const { faults, ...counts } = await verifyStages(workspace, onStage);
  for (const { key, what } of faults) {
    findings.push(
      mended(`stage ${key}: ${what}; it lies in ${quarantine(workspace, key)}, the next run makes it anew`),
    );
  }
  const database = openForWriting(databaseFile);
  try {
    const { removed, found } = await syncStages(database, workspace);
    const gone = removed - faults.length;
    if (found > 0) findings.push(mended(`${found} stages on disk were not in the database`));
    if (gone > 0) findings.push(mended(`${gone} stages in the database are not on disk any more`));
  } finally {
    database.close();
  }
  findings.push(stagesLine(counts));
  return findings;
}

function diskFindings({ home }: Workspace): WorkspaceFinding[] {
  const network = networkFileSystem(home);
  if (network === undefined) return [];
  return [
    {
      level: 'warning',
      what: `the workspace lies on ${network}, a network file system, whose locks SQLite cannot rely on`,
      hint: 'Put it on a local disk: --workspace DIR',
    },
  ];
}

/** Where rows and folders do not agree; the next run brings them together by itself. */
function rowFindings(workspace: Workspace): WorkspaceFinding[] {
  const database = openForReading(workspace.databaseFile);
  try {
    const rows = completedStages(database);
    const folders = new Set(
      existsSync(workspace.stages) ? readdirSync(workspace.stages).filter(name => !isPartial(name)) : [],
    );
    const lost = [...rows].filter(key => !folders.has(key)).length;
    const unknown = [...folders].filter(key => !rows.has(key)).length;
    return [
      ...(lost > 0 ? [problem(`${lost} stages in the database are not on disk any more`)] : []),
      ...(unknown > 0 ? [problem(`${unknown} stages on disk are not in the database`)] : []),
    ];
  } finally {
    database.close();
  }
}

const problem = (what: string): WorkspaceFinding => ({ level: 'problem', what, hint: REPAIR_HINT });
const mended = (what: string): WorkspaceFinding => ({ level: 'mended', what });

const stagesLine = ({
  stages,
  files,
  bytes,
}: {
  stages: number;
  files: number;
  bytes: number;
}): WorkspaceFinding => ({
  level: 'ok',
  what: `${stages} stages looked at: ${files} files, ${formatBytes(bytes)}, as their manifests say`,
});

import { join, resolve } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { failedAttempts, slotSeconds, trainingRates } from '../store/attempts.ts';
import { openForReading } from '../store/database.ts';
import { madeStages } from '../store/releasedStages.ts';
import { findSweep, listSweeps } from '../store/sweepRecords.ts';
import type { Workspace } from '../store/workspace.ts';
import { buildReportModel } from './model/buildReportModel.ts';
import type { ReportModel } from './model/reportModel.ts';
import type { Measured } from './model/reportSettings.ts';
import { reportFolder } from './reportFolder.ts';

export interface ReportRequest {
  workspace: Workspace;
  /** Of the sweep. */
  name: string;
  /** In place of `reports/NAME`. */
  outputDir?: string;
}

/**
 * Writes the page of a sweep as it stands in the store, replacing an earlier one in one step. The same store gives the
 * same bytes.
 *
 * @returns the absolute path of the page
 * @throws E_MISSING when the workspace has no sweep of that name, E_STORE, E_WRITE
 */
export async function writeReport({ workspace, name, outputDir }: ReportRequest): Promise<string> {
  const report = readReport(workspace, name);
  const folder = resolve(outputDir ?? reportFolder(workspace, name));
  // Canvas and image libraries are loaded only when something is drawn: every command of the program imports this file.
  const { drawReport } = await import('./draw/drawReport.ts');
  const files = await drawReport(report, { pageDir: folder, cache: workspace.thumbnails });
  for (const { path, content } of files) await writeFileAtomic(join(folder, path), content);
  return join(folder, 'index.html');
}

/** The model alone. */
export const readReportModel = (workspace: Workspace, name: string): ReportModel =>
  readReport(workspace, name).model;

/** What the report of a sweep says, and the measurements behind it, read without blocking a running orchestrator. */
export function readReport(workspace: Workspace, name: string): { model: ReportModel; measured: Measured } {
  const database = openForReading(workspace.databaseFile);
  try {
    const record = findSweep(database, name);
    if (!record) {
      const known = listSweeps(database).map(sweep => sweep.name);
      throw new SweetspotError('E_MISSING', 'there is no sweep of this name in the workspace', {
        place: name,
        ...(known.length > 0 && { allowed: `one of ${known.join(', ')}` }),
        hint: 'Run `sweetspot run FILE` first, or name the right folder with --workspace DIR',
      });
    }
    return buildReportModel({
      workspace,
      record,
      completed: madeStages(database, workspace),
      attempts: failedAttempts(database, name),
      slots: slotSeconds(database, name),
      rates: trainingRates(database),
    });
  } finally {
    database.close();
  }
}

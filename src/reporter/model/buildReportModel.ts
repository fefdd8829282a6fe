import { basename } from 'node:path';
import type { Plan } from '../../planner/types.ts';
import type { Manifest } from '../../stages/manifest.ts';
import type { Attempt } from '../../store/attempts.ts';
import { readManifest } from '../../store/stageStore.ts';
import type { SweepRecord } from '../../store/sweepRecords.ts';
import type { Workspace } from '../../store/workspace.ts';
import { findLicence } from './findLicence.ts';
import { pictureGrids } from './pictureGrids.ts';
import { provenanceOf } from './provenance.ts';
import type { ReportModel, ReportPicture, ReportSubject } from './reportModel.ts';
import { resultStates } from './resultStates.ts';
import { reportTrajectories } from './trajectories.ts';
import { trialRows } from './trialRows.ts';

export interface ReportSources {
  workspace: Workspace;
  record: SweepRecord;
  /** Keys of all completed stages of the workspace. */
  completed: ReadonlySet<string>;
  /** Failed attempts of this sweep, oldest first. */
  attempts: readonly Attempt[];
}

/**
 * Gathers what a report says. Reads the store's folders (manifests, losses) and lists the model's for its licence; takes
 * no time from the clock, so that the same store gives the same report.
 */
export function buildReportModel({ workspace, record, completed, attempts }: ReportSources): ReportModel {
  // The runner wrote it; the store only keeps it.
  const plan = record.plan as Plan;
  const { sweep } = plan;
  const states = resultStates(plan, workspace, completed, attempts);
  const manifests = readManifests(plan, workspace, completed);
  const pictures: Record<string, ReportPicture> = Object.fromEntries(
    plan.pictures.map(({ key }) => [key, states.picture(key)]),
  );
  const trajectories = reportTrajectories(plan, workspace, states);
  return {
    format: 1,
    sweep: { name: record.name, file: basename(record.file), text: record.text },
    model: {
      name: sweep.model.name,
      digest: plan.stages.find(({ digests }) => digests.model !== undefined)?.digests.model ?? null,
      licence: findLicence(sweep.model.dir),
    },
    subjects: reportSubjects(plan),
    axes: plan.axes.map(({ name, block, values }) => ({ name, block, values })),
    seeds: sweep.sample.seeds,
    baseline: plan.baselineCells.length > 0,
    trials: trialRows(plan, { states, trajectories, pictures, manifests }),
    pictures,
    grids: pictureGrids(plan),
    trajectories: trajectories.list,
    steps: { naive: plan.steps.naive, planned: plan.steps.planned },
    failures: states.failures,
    provenance: provenanceOf(plan, manifests),
  };
}

function reportSubjects({ sweep, baselineCells }: Plan): ReportSubject[] {
  const first = JSON.stringify(baselineCells[0]?.sampler);
  return sweep.subjects.map(({ name, instancePrompt, classPrompt, prompts, instanceImages }) => ({
    name,
    instancePrompt,
    classPrompt,
    prompts,
    photos: instanceImages,
    baseline: baselineCells
      .filter(({ subjects, sampler }) => subjects.includes(name) && JSON.stringify(sampler) === first)
      .map(({ pictureKey }) => pictureKey),
  }));
}

function readManifests(
  { stages }: Plan,
  workspace: Workspace,
  completed: ReadonlySet<string>,
): Map<string, Manifest> {
  const manifests = new Map<string, Manifest>();
  for (const { key } of stages) {
    const manifest = completed.has(key) ? readManifest(workspace, key) : undefined;
    if (manifest) manifests.set(key, manifest);
  }
  return manifests;
}

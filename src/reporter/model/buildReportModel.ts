import { basename, dirname, relative } from 'node:path';
import type { Plan } from '../../planner/types.ts';
import { findLicence } from '../../stages/findLicence.ts';
import type { Manifest } from '../../stages/manifest.ts';
import type { Attempt, SlotSeconds } from '../../store/attempts.ts';
import { readManifest } from '../../store/stageStore.ts';
import type { SweepRecord } from '../../store/sweepRecords.ts';
import type { Workspace } from '../../store/workspace.ts';
import { snakeCase } from '../../sweep/options.ts';
import { commandLine } from '../shared/commandLine.ts';
import { trainingCall } from '../shared/trainingCall.ts';
import { answerFor } from './answers.ts';
import { reportMetrics } from './metrics.ts';
import { pictureGrids } from './pictureGrids.ts';
import { provenanceOf } from './provenance.ts';
import { reportCells } from './reportCells.ts';
import { reportEffects } from './reportEffects.ts';
import type { ReportModel, ReportPicture, ReportSubject } from './reportModel.ts';
import { type Measured, reportSettings } from './reportSettings.ts';
import { resultStates } from './resultStates.ts';
import { readScoreTable } from './scoreTable.ts';
import { sweepSettings } from './sweepSettings.ts';
import { sweetSpotMaps } from './sweetSpotMaps.ts';
import { reportTrajectories } from './trajectories.ts';
import { trialRows } from './trialRows.ts';

export interface ReportSources {
  workspace: Workspace;
  record: SweepRecord;
  /** Keys of all completed stages of the workspace. */
  completed: ReadonlySet<string>;
  /** Failed attempts of this sweep, oldest first. */
  attempts: readonly Attempt[];
  /** Seconds of this sweep's finished attempts. */
  slots: readonly SlotSeconds[];
  /** Seconds per step of trainings, by the names of their jobs. */
  rates: ReadonlyMap<string, number>;
}

/**
 * Gathers what a report says. Reads the store's folders (manifests, losses, scores) and lists the model's for its
 * licence; takes no time from the clock, so that the same store gives the same report.
 */
export function buildReportModel(sources: ReportSources): { model: ReportModel; measured: Measured } {
  const { workspace, record, completed, attempts, slots, rates } = sources;
  // The runner wrote it; the store only keeps it.
  const plan = record.plan as Plan;
  const { sweep } = plan;
  const states = resultStates(plan, workspace, completed, attempts);
  const manifests = readManifests(plan, workspace, completed);
  const scores = readScoreTable(plan, workspace, completed);
  const pictures: Record<string, ReportPicture> = Object.fromEntries(
    plan.pictures.map(({ key }) => [key, { ...states.picture(key), scores: scores.pictures.get(key) ?? {} }]),
  );
  const trajectories = reportTrajectories(plan, workspace, states);
  const { cells, samplers, samplerIndex } = reportCells(plan);
  const measured = reportSettings(plan, scores, samplerIndex);
  const metrics = reportMetrics(measured.measured, scores);
  const subjects = reportSubjects(plan, dirname(record.file));
  const trials = trialRows(plan, { states, trajectories, pictures, rates });
  const answers = subjects.map(subject => {
    const answer = answerFor(measured, subject.name, metrics);
    const number = answer.best === null ? undefined : measured.settings[answer.best]?.trials[0];
    const trial = trials.find(each => each.number === number);
    return { ...answer, command: trial ? commandLine(trainingCall(sweep.model.name, subject, trial)) : null };
  });
  const { text, commandLine: changes = [], notes = null } = { text: record.text, ...sweep };
  const model: ReportModel = {
    format: 2,
    sweep: {
      name: record.name,
      file: basename(record.file),
      text,
      resolved: resolvedText(plan),
      fileSettings: sweepSettings(plan, dirname(record.file)),
      commandLine: changes,
      notes,
    },
    model: {
      name: sweep.model.name,
      digest: plan.stages.find(({ digests }) => digests.model !== undefined)?.digests.model ?? null,
      licence: findLicence(sweep.model.dir),
    },
    subjects,
    axes: plan.axes.map(({ name, block, values }) => ({ name, block, values })),
    seeds: sweep.sample.seeds,
    baseline: plan.baselineCells.length > 0,
    trials,
    samplers,
    cells,
    pictures,
    metrics,
    settings: measured.settings,
    answers,
    maps: sweetSpotMaps(measured.settings),
    effects: reportEffects(
      measured,
      metrics,
      plan.axes.map(({ name }) => name).filter(name => name !== 'seed'),
    ),
    grids: pictureGrids(plan),
    trajectories: trajectories.list,
    steps: { naive: plan.steps.naive, planned: plan.steps.planned },
    failures: states.failures,
    provenance: provenanceOf(plan, manifests, { createdAt: record.createdAt, slots }),
  };
  return { model, measured };
}

/** Every option with its values as the program understood them; folders are named as the sweep file could. */
function resolvedText({ sweep }: Plan): string {
  const bare = <T extends object>(values: T): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(values).map(([field, value]) => [
        snakeCase(field),
        Array.isArray(value) && value.length === 1 ? value[0] : value,
      ]),
    );
  return JSON.stringify(
    {
      name: sweep.name,
      model: sweep.model.name,
      subjects: Object.fromEntries(
        sweep.subjects.map(({ name, instancePrompt, classPrompt, prompts, instanceImages }) => [
          name,
          {
            instance_prompt: instancePrompt,
            class_prompt: classPrompt,
            prompts,
            photos: instanceImages.length,
          },
        ]),
      ),
      train: bare(sweep.train),
      sample: bare(sweep.sample),
      baseline: sweep.baseline,
      keep_state: sweep.keepState,
    },
    null,
    2,
  );
}

/** Folders as they are named from the folder of the sweep file, where the command is to be run. */
function reportSubjects({ sweep, baselineCells }: Plan, folder: string): ReportSubject[] {
  const first = JSON.stringify(baselineCells[0]?.sampler);
  const from = (dir: string): string => relative(folder, dir).replaceAll('\\', '/') || '.';
  return sweep.subjects.map(subject => ({
    name: subject.name,
    instancePrompt: subject.instancePrompt,
    classPrompt: subject.classPrompt,
    instanceDataDir: from(subject.instanceDataDir),
    classDataDir: subject.classDataDir === null ? null : from(subject.classDataDir),
    heldOutDir: subject.heldOutImages[0] === undefined ? null : from(dirname(subject.heldOutImages[0])),
    prompts: subject.prompts,
    photos: subject.instanceImages,
    baseline: baselineCells
      .filter(({ subjects, sampler }) => subjects.includes(subject.name) && JSON.stringify(sampler) === first)
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

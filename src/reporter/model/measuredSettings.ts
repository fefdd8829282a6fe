import type { Plan, Trial } from '../../planner/types.ts';
import type { ScoreValues } from '../../stages/score.ts';
import { SCORE_NAMES, type ScoreName } from '../../stages/scores.ts';
import type { NamedValues, ResolvedSampler } from '../../sweep/types.ts';
import type { MetricName } from './reportModel.ts';
import type { ScoreTable } from './scoreTable.ts';

/** What was measured, by unit: a prompt, the seed of its picture and the seed of the training. */
export type Measurements = Map<MetricName, Map<string, number>>;

export interface MeasuredSetting {
  subject: string;
  untrained: boolean;
  values: NamedValues;
  learningRate: number | null;
  steps: number;
  sampler: ResolvedSampler;
  trials: number[];
  pictures: string[];
  measured: Measurements;
}

/** The training seed repeats a setting, it does not make another one. */
const REPEATED = 'seed';

/**
 * Gathers cells that differ in nothing but prompt and seeds, with what was measured on each. Pairing goes by unit: two
 * settings are compared where they have the same prompt and seeds.
 */
export function measuredSettings(plan: Plan, scores: ScoreTable): MeasuredSetting[] {
  const trials = new Map(plan.trials.map(trial => [trial.id, trial]));
  const settings = new Map<string, MeasuredSetting>();
  const bySource = new Map<string, { setting: MeasuredSetting; trainingSeed: string }[]>();

  const add = (
    subject: string,
    trial: Trial | null,
    cell: { values: NamedValues; sampler: ResolvedSampler; prompt: string; seed: number; pictureKey: string },
  ): void => {
    const { [REPEATED]: repeat, ...values } = cell.values;
    const id = JSON.stringify([subject, trial === null, values, trial === null ? cell.sampler : null]);
    let setting = settings.get(id);
    if (!setting) {
      setting = {
        subject,
        untrained: trial === null,
        values,
        learningRate: trial?.options.learningRate ?? null,
        steps: trial?.maxTrainSteps ?? 0,
        sampler: cell.sampler,
        trials: [],
        pictures: [],
        measured: new Map(),
      };
      settings.set(id, setting);
    }
    if (trial && !setting.trials.includes(trial.number)) setting.trials.push(trial.number);
    if (!setting.pictures.includes(cell.pictureKey)) setting.pictures.push(cell.pictureKey);
    const trainingSeed = String(repeat ?? '');
    note(setting, scores.pictures.get(cell.pictureKey), [cell.prompt, cell.seed, trainingSeed]);
    note(setting, scores.groups.get(cell.pictureKey), [cell.prompt, 'all seeds', trainingSeed]);
    const source = sourceId(trial?.snapshotKey ?? null, cell.sampler);
    const makers = bySource.get(source) ?? [];
    if (!makers.some(maker => maker.setting === setting && maker.trainingSeed === trainingSeed)) {
      makers.push({ setting, trainingSeed });
    }
    bySource.set(source, makers);
  };

  for (const cell of plan.baselineCells) for (const subject of cell.subjects) add(subject, null, cell);
  for (const cell of plan.cells) {
    const trial = trials.get(cell.trial);
    if (trial) add(cell.subject, trial, cell);
  }
  addOtherPictures(plan, scores, bySource);
  return [...settings.values()];
}

/** Pictures of prompts without the subject are no cells; they belong to whatever has their snapshot and sampler. */
function addOtherPictures(
  plan: Plan,
  scores: ScoreTable,
  bySource: ReadonlyMap<string, { setting: MeasuredSetting; trainingSeed: string }[]>,
): void {
  const cells = new Set([...plan.cells, ...plan.baselineCells].map(({ pictureKey }) => pictureKey));
  for (const { key, snapshotKey, sampler, prompt, seed } of plan.pictures) {
    const values = cells.has(key) ? undefined : scores.pictures.get(key);
    if (!values) continue;
    for (const { setting, trainingSeed } of bySource.get(sourceId(snapshotKey, sampler)) ?? []) {
      note(setting, values, [prompt, seed, trainingSeed]);
    }
  }
}

/** Baseline and cells hold samplers as written, pictures as they take effect; only what shows in a picture counts. */
const sourceId = (
  snapshotKey: string | null,
  { scheduler, numInferenceSteps, guidanceScale, negativePrompt, width, height }: ResolvedSampler,
): string => {
  const guided = guidanceScale > 1;
  return JSON.stringify([
    snapshotKey,
    scheduler,
    numInferenceSteps,
    guided && [guidanceScale, negativePrompt],
    width,
    height,
  ]);
};

function note(
  { measured }: MeasuredSetting,
  values: ScoreValues | undefined,
  unit: (string | number)[],
): void {
  if (!values) return;
  for (const name of SCORE_NAMES as readonly ScoreName[]) {
    const value = values[name];
    if (value === undefined) continue;
    const units = measured.get(name) ?? new Map<string, number>();
    units.set(unitId(unit), value);
    measured.set(name, units);
  }
}

const unitId = (parts: (string | number)[]): string => JSON.stringify(parts);

/** The prompt of a unit. */
export const promptOf = (unit: string): string => String((JSON.parse(unit) as unknown[])[0]);

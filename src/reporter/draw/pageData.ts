import { thinLosses } from '../model/lossCurve.ts';
import type { Estimate, ReportModel } from '../model/reportModel.ts';
import type { Dim, PageData, PageEstimate } from '../shared/pageData.ts';
import { literal, optionLabel, optionValue, settingsText, settingText, shorten } from '../shared/text.ts';
import { type Assets, pictureName } from './assets.ts';

/** Points of all loss curves together: more make the page heavy and no curve clearer. */
const POINTS = 16_000;

const STATES = { complete: 0, failed: 1, missing: 2 } as const;

/** Cuts the model down to what the script of the page needs. */
export function pageData(model: ReportModel, assets: Assets): PageData {
  const keys = Object.keys(model.pictures);
  const index = new Map(keys.map((key, i) => [key, i]));
  const at = (key: string): number => index.get(key) ?? -1;
  const dims = dimsOf(model);
  const metricNames = model.metrics.map(({ name }) => name);
  const settingOf = settingIndex(model);
  return {
    sweep: model.sweep.name,
    fileSettings: model.sweep.fileSettings,
    file: model.sweep.file,
    model: model.model.name,
    inline: assets.inline,
    dims: dims.map(({ dim }) => dim),
    cells: model.cells.map(cell => [
      at(cell.picture),
      cell.trial ?? 0,
      settingOf(cell),
      cell.sampler,
      ...dims.map(({ find }) => find(cell)),
    ]),
    pictures: keys.map(key => {
      const picture = model.pictures[key];
      const asset = assets.pictures.get(key);
      const state = picture?.state === 'complete' && !asset ? 'missing' : (picture?.state ?? 'missing');
      const reason = picture?.state === 'complete' ? 'the file cannot be read as a picture' : picture?.reason;
      return {
        id: pictureName(key),
        state: STATES[state],
        ...(state !== 'complete' && { reason: shorten(reason ?? 'not made yet', 600) }),
        ...(asset && { side: [asset.width, asset.height] as [number, number] }),
        scores: metricNames.map(name =>
          rounded((picture?.scores as Record<string, number> | undefined)?.[name]),
        ),
      };
    }),
    metrics: model.metrics.map(({ name, title, direction, definition, whatItMisses }) => ({
      name,
      title,
      higher: direction === 'higher',
      definition,
      misses: whatItMisses,
    })),
    settings: model.settings.map(setting => ({
      subject: literal(setting.subject),
      untrained: setting.untrained,
      text: settingText(setting),
      values: setting.values,
      learningRate: setting.learningRate,
      steps: setting.steps,
      sampler: setting.sampler,
      trials: setting.trials,
      pictures: setting.pictures.map(at),
      scores: metricNames.map(name => estimate(setting.scores[name])),
      region: setting.region,
      onFront: setting.onFront,
    })),
    samplers: model.samplers.map(
      ({ scheduler, numInferenceSteps, guidanceScale, negativePrompt }) =>
        `${scheduler}, ${numInferenceSteps} inference steps, guidance ${guidanceScale}${
          negativePrompt === '' ? '' : `, negative prompt “${shorten(negativePrompt, 200)}”`
        }`,
    ),
    trials: model.trials.map(({ number, subject, values, options, fileOptions, steps, pictures }) => ({
      number,
      subject: literal(subject),
      values,
      options,
      file: fileOptions,
      steps,
      pictures: pictures.map(at),
    })),
    subjects: model.subjects.map(({ photos: _, baseline: __, ...subject }) => ({
      ...subject,
      name: literal(subject.name),
    })),
    maps: model.maps.map(({ fixed, subject, ...map }) => ({
      subject: literal(subject),
      fixed: settingsText(fixed),
      ...map,
    })),
    answers: model.answers.map(({ subject, metric, best, ties }) => ({
      subject: literal(subject),
      metric,
      best,
      ties,
    })),
    effects: model.effects.map(({ subject, metric, axes }) => ({
      subject: literal(subject),
      metric,
      axes: axes.map(({ axis, importance, levels }) => ({
        axis: optionLabel(axis),
        importance: toTuple(importance),
        levels: levels.map(({ level, estimate }) => ({ level, estimate: toTuple(estimate) })),
      })),
    })),
    trajectories: trajectoriesOf(model),
    steps: model.steps,
    slots: model.provenance.slots,
  };
}

function trajectoriesOf({ trajectories }: ReportModel): PageData['trajectories'] {
  const each = Math.max(24, Math.floor(POINTS / Math.max(1, trajectories.length)));
  return trajectories.map(({ subjects, learningRate, values, losses, schedule }) => ({
    subjects: subjects.map(literal),
    text: settingsText('learning_rate' in values ? values : { learning_rate: learningRate, ...values }),
    losses: thinLosses(losses, Math.min(400, each)).map(({ step, loss, smoothed }) => [
      step,
      Number(loss.toPrecision(4)),
      Number(smoothed.toPrecision(4)),
    ]),
    schedule: schedule.map(({ step, lr }) => [step, Number(lr.toPrecision(4))]),
  }));
}

type Cell = ReportModel['cells'][number];

function dimsOf({ subjects, cells, axes, seeds }: ReportModel): { dim: Dim; find: (cell: Cell) => number }[] {
  const named = (
    dim: Omit<Dim, 'values'>,
    values: readonly unknown[],
    show: (value: never) => string,
    of: (cell: Cell) => unknown,
  ): { dim: Dim; find: (cell: Cell) => number } => {
    const positions = new Map(values.map((value, i) => [value, i]));
    return {
      dim: { ...dim, values: values.map(value => show(value as never)) },
      find: cell => positions.get(of(cell)) ?? -1,
    };
  };
  const prompts = [...new Set(subjects.flatMap(subject => subject.prompts))];
  const steps = [...new Set(cells.filter(({ trial }) => trial !== null).map(cell => cell.steps))];
  const hasSteps = axes.some(({ name }) => name === 'max_train_steps');
  return [
    named(
      { name: 'subject', label: 'subject', kind: 'subject' },
      subjects.map(({ name }) => name),
      (name: string) => shorten(name, 80),
      ({ subject }) => subject,
    ),
    named(
      { name: 'prompt', label: 'prompt', kind: 'prompt' },
      prompts,
      (prompt: string) => literal(prompt),
      cell => cell.prompt,
    ),
    ...axes.map(({ name, block, values }) =>
      named(
        { name, label: name === 'seed' ? 'training seed' : optionLabel(name), kind: block },
        sorted(values),
        optionValue,
        cell => (cell.trial === null && block === 'train' ? undefined : cell.values[name]),
      ),
    ),
    ...(hasSteps
      ? []
      : [
          named(
            { name: 'max_train_steps', label: optionLabel('max_train_steps'), kind: 'train' },
            sorted(steps),
            optionValue,
            cell => (cell.trial === null ? undefined : cell.steps),
          ),
        ]),
    named({ name: 'seeds', label: 'seed', kind: 'seed' }, seeds, String, ({ seed }) => seed),
  ];
}

/** Numbers by size, everything else as the file has it. */
const sorted = <T>(values: readonly T[]): T[] =>
  values.every(value => typeof value === 'number')
    ? [...values].sort((a, b) => Number(a) - Number(b))
    : [...values];

/** A cell's setting: the one of its subject that has its picture. */
function settingIndex({ settings }: ReportModel): (cell: Cell) => number {
  const found = new Map<string, number>();
  for (const { id, subject, untrained, pictures, trials } of settings) {
    for (const picture of pictures) {
      if (untrained) found.set(JSON.stringify([subject, null, picture]), id);
      for (const trial of trials) found.set(JSON.stringify([subject, trial, picture]), id);
    }
  }
  return ({ subject, trial, picture }) => found.get(JSON.stringify([subject, trial, picture])) ?? -1;
}

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Number(value.toPrecision(5));

const toTuple = ({ mean, low, high, n }: Estimate): PageEstimate => [
  Number(mean.toPrecision(6)),
  Number(low.toPrecision(6)),
  Number(high.toPrecision(6)),
  n,
];

const estimate = (found: Estimate | undefined): PageEstimate | null => (found ? toTuple(found) : null);

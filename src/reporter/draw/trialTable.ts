import { html } from 'hono/html';
import type {
  ReportModel,
  ReportSetting,
  ReportSubject,
  ReportTrial,
  ResultState,
} from '../model/reportModel.ts';
import { capital, duration, literal, optionLabel, optionValue, shorten, thousands } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { each, type Markup, own } from './markup.ts';

/** All trials, one a row; columns only for what varies. */
export function trialTable(model: ReportModel, assets: Assets): Markup {
  const axes = model.axes
    .filter(({ block, name }) => block === 'train' && name !== 'max_train_steps')
    .map(({ name }) => name);
  const several = model.subjects.length > 1;
  const rows = [
    ...(model.baseline ? model.subjects.map(subject => baselineRow(model, subject, axes)) : []),
    ...model.trials.map(trial => trialRow(model, trial, axes)),
  ];
  const column = (name: string): Markup => html`<th scope="col">${capital(optionLabel(name))}</th>`;
  return html`
<section id="trials" aria-labelledby="trials-title">
  <div class="head">
    <h2 id="trials-title">Trials</h2>
    <p>Scores are means over prompts and seeds. Training time is what the trial takes on its own: its steps
    at the mean pace of its training; trials that differ only in their steps shared one. The loss is averaged over about the last 20 steps.</p>
  </div>
  <div class="scroll trial-scroll" role="region" aria-label="Table of all trials" tabindex="0">
  <table class="trials">
    <thead><tr><th scope="col">Trial</th><th scope="col" data-sort="no" class="scripts">Pictures</th>${several ? html`<th scope="col">Subject</th>` : ''}${each(axes, column)}
      <th scope="col" class="number">Steps</th>${each(model.metrics, ({ title, definition }) => html`<th scope="col" class="number" title="${definition}">${title}</th>`)}<th scope="col" class="number">Loss</th>
      <th scope="col" class="number" title="${TRAINING_TIME}">Training time</th><th scope="col">State</th></tr></thead>
    <tbody>
    ${each(rows, row => drawRow(assets, row, several))}
    </tbody>
  </table>
  </div>
</section>`;
}

const TRAINING_TIME =
  'Steps of the trial times seconds per step of its training: the mean over all finished attempts at it in this workspace, loading of the model included, textual inversion before it not. Empty where the workspace does not know it.';

interface Row {
  name: string;
  subject: string;
  pictures: readonly string[];
  /** Of the axes, in the order of the columns. */
  values: readonly string[];
  steps: number;
  /** Means, in the order of the metrics. */
  scores: (number | null)[];
  loss: number | null;
  seconds: number | null;
  state: ResultState;
  reason: string | null;
}

function baselineRow(model: ReportModel, { name, baseline }: ReportSubject, axes: readonly string[]): Row {
  const open = baseline.filter(key => model.pictures[key]?.state !== 'complete');
  const failed = open.some(key => model.pictures[key]?.state === 'failed');
  return {
    name: 'untrained',
    subject: name,
    pictures: baseline,
    values: axes.map(() => '–'),
    steps: 0,
    scores: scoresOf(
      model,
      model.settings.find(each => each.untrained && each.subject === name),
    ),
    loss: null,
    seconds: null,
    state: open.length === 0 ? 'complete' : failed ? 'failed' : 'missing',
    reason: open.length === 0 ? null : `${open.length} of ${baseline.length} pictures missing`,
  };
}

const trialRow = (model: ReportModel, trial: ReportTrial, axes: readonly string[]): Row => ({
  name: String(trial.number),
  subject: trial.subject,
  pictures: trial.pictures,
  values: axes.map(name => optionValue(trial.values[name] ?? null)),
  steps: trial.steps,
  scores: scoresOf(
    model,
    model.settings.find(
      each => each.trials.includes(trial.number) && each.pictures.some(key => trial.pictures.includes(key)),
    ),
  ),
  loss: trial.finalLoss,
  seconds: trial.seconds,
  state: trial.state,
  reason: trial.reason,
});

/** With the first sampler settings; a trial that repeats another with another seed has its setting's means. */
const scoresOf = ({ metrics }: ReportModel, setting: ReportSetting | undefined): (number | null)[] =>
  metrics.map(({ name }) => setting?.scores[name]?.mean ?? null);

const drawRow = (assets: Assets, row: Row, withSubject: boolean): Markup => html`
<tr${row.steps === 0 ? html` class="base"` : html` data-trial="${row.name}"`}><th scope="row" class="choose">${row.name}</th><td class="scripts"><span class="thumbnails" data-pictures="${row.pictures
  .map(key => assets.positions.get(key) ?? -1)
  .join()}"></span></td>${withSubject ? html`<td>${own(literal(row.subject))}</td>` : ''}${each(
  row.values,
  value => html`<td>${value}</td>`,
)}<td class="number" data-value="${row.steps}">${thousands(row.steps)}</td>${each(
  row.scores,
  score => html`<td class="number">${score === null ? '–' : score.toFixed(3)}</td>`,
)}<td class="number">${row.loss === null ? '–' : row.loss.toFixed(4)}</td><td class="number" data-value="${
  row.seconds ?? ''
}">${row.seconds === null ? '–' : duration(row.seconds)}</td><td class="state ${row.state}"><span class="badge">${
  STATES[row.state]
}</span>${row.reason === null ? '' : html`<small>${own(shorten(row.reason, 400))}</small>`}</td></tr>`;

const STATES: Record<ResultState, string> = { complete: 'Complete', failed: 'Failed', missing: 'Incomplete' };

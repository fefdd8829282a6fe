import { html } from 'hono/html';
import type { ReportModel, ReportSubject, ReportTrial, ResultState } from '../model/reportModel.ts';
import { capital, duration, literal, optionLabel, optionValue, shorten, thousands } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { each, type Markup, own } from './markup.ts';

/** Pictures in a row; more of them are in the grids above. */
const MAX_PICTURES = 6;

/** All trials, one a row; columns only for what varies. */
export function trialTable(model: ReportModel, assets: Assets): Markup {
  const axes = model.axes
    .filter(({ block, name }) => block === 'train' && name !== 'max_train_steps')
    .map(({ name }) => name);
  const several = model.subjects.length > 1;
  const rows = [
    ...(model.baseline ? model.subjects.map(subject => baselineRow(model, subject, axes)) : []),
    ...model.trials.map(trial => trialRow(trial, axes)),
  ];
  const column = (name: string): Markup => html`<th scope="col">${capital(optionLabel(name))}</th>`;
  return html`
<section id="trials" aria-labelledby="trials-title">
  <div class="head">
    <h2 id="trials-title">Trials</h2>
    <p>Training time is what the trial takes from step 0 on its own; trials that differ only in their steps shared one
    training. The loss is averaged over about the last 20 steps.</p>
  </div>
  <div class="scroll" role="region" aria-label="Table of all trials" tabindex="0">
  <table class="trials">
    <thead><tr><th scope="col">Trial</th><th scope="col">Pictures</th>${several ? html`<th scope="col">Subject</th>` : ''}${each(axes, column)}
      <th scope="col" class="number">Steps</th><th scope="col" class="number">Loss</th>
      <th scope="col" class="number">Training time</th><th scope="col">State</th></tr></thead>
    <tbody>
    ${each(rows, row => drawRow(assets, row, several))}
    </tbody>
  </table>
  </div>
</section>`;
}

interface Row {
  name: string;
  /** For alt texts. */
  whose: string;
  subject: string;
  pictures: readonly string[];
  /** Of the axes, in the order of the columns. */
  values: readonly string[];
  steps: number;
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
    whose: 'Untrained model',
    subject: name,
    pictures: baseline,
    values: axes.map(() => '–'),
    steps: 0,
    loss: null,
    seconds: null,
    state: open.length === 0 ? 'complete' : failed ? 'failed' : 'missing',
    reason: open.length === 0 ? null : `${open.length} of ${baseline.length} pictures missing`,
  };
}

const trialRow = (trial: ReportTrial, axes: readonly string[]): Row => ({
  name: String(trial.number),
  whose: `Trial ${trial.number}`,
  subject: trial.subject,
  pictures: trial.pictures,
  values: axes.map(name => optionValue(trial.values[name] ?? null)),
  steps: trial.steps,
  loss: trial.finalLoss,
  seconds: trial.seconds,
  state: trial.state,
  reason: trial.reason,
});

const drawRow = (assets: Assets, row: Row, withSubject: boolean): Markup => html`
<tr${row.steps === 0 ? html` class="base"` : ''}><th scope="row">${row.name}</th><td>${thumbnails(assets, row)}</td>${
  withSubject ? html`<td>${own(literal(row.subject))}</td>` : ''
}${each(row.values, value => html`<td>${value}</td>`)}<td class="number">${thousands(row.steps)}</td><td class="number">${
  row.loss === null ? '–' : row.loss.toFixed(4)
}</td><td class="number">${row.seconds === null ? '–' : duration(row.seconds)}</td><td class="state ${row.state}"><span class="badge">${
  STATES[row.state]
}</span>${row.reason === null ? '' : html`<small>${own(shorten(row.reason, 400))}</small>`}</td></tr>`;

function thumbnails(assets: Assets, { pictures, whose }: Row): Markup {
  const shown = pictures.slice(0, MAX_PICTURES);
  const left = pictures.length - shown.length;
  return html`<span class="thumbnails">${each(shown, (key, i) => {
    const asset = assets.pictures.get(key);
    if (!asset) {
      return html`<span class="gap missing"><span class="vh">${whose}, picture ${i + 1}: not there</span></span>`;
    }
    return html`<img src="${asset.small}" width="44" height="44" alt="${whose}, picture ${i + 1} of ${pictures.length}">`;
  })}${left > 0 ? html`<span class="more">+${left}</span>` : ''}</span>`;
}

const STATES: Record<ResultState, string> = { complete: 'Complete', failed: 'Failed', missing: 'Incomplete' };

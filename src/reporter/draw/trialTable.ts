import { html } from 'hono/html';
import type { ReportModel, ReportTrial, ResultState } from '../model/reportModel.ts';
import type { Assets } from './assets.ts';
import { each, type Markup, own } from './markup.ts';
import { capital, duration, literal, optionLabel, optionValue, shorten, thousands } from './text.ts';

/** Pictures in a row; more of them are in the grids above. */
const MAX_PICTURES = 6;

/** All trials, one a row; columns only for what varies. */
export function trialTable(model: ReportModel, assets: Assets): Markup {
  const axes = model.axes
    .filter(({ block, name }) => block === 'train' && name !== 'max_train_steps')
    .map(({ name }) => name);
  const several = model.subjects.length > 1;
  const column = (name: string): Markup => html`<th scope="col">${capital(optionLabel(name))}</th>`;
  return html`
<section id="trials" aria-labelledby="trials-title">
  <div class="head">
    <h2 id="trials-title">Trials</h2>
    <p>Training time is what the trial takes from step 0 on its own; trials that differ only in their steps shared one
    training. The loss is averaged over about the last 20 steps.</p>
  </div>
  <div class="scroll" role="region" aria-labelledby="trials-title" tabindex="0">
  <table class="trials">
    <thead><tr><th scope="col">Trial</th>${several ? html`<th scope="col">Subject</th>` : ''}${each(axes, column)}
      <th scope="col" class="number">Steps</th><th scope="col" class="number">Loss</th>
      <th scope="col" class="number">Training time</th><th scope="col">Pictures</th><th scope="col">State</th></tr></thead>
    <tbody>
    ${model.baseline ? each(model.subjects, subject => baselineRow(model, assets, subject, axes.length)) : ''}
    ${each(model.trials, trial => trialRow(model, assets, trial, axes))}
    </tbody>
  </table>
  </div>
</section>`;
}

function baselineRow(
  model: ReportModel,
  assets: Assets,
  { name, baseline }: ReportModel['subjects'][number],
  axes: number,
): Markup {
  const missing = baseline.filter(key => model.pictures[key]?.state !== 'complete').length;
  const failed = baseline.some(key => model.pictures[key]?.state === 'failed');
  const state = missing === 0 ? 'complete' : failed ? 'failed' : 'missing';
  return html`<tr class="base"><th scope="row">untrained</th>${
    model.subjects.length > 1 ? html`<td>${own(literal(name))}</td>` : ''
  }${axes > 0 ? html`<td colspan="${axes}">–</td>` : ''}<td class="number">0</td><td class="number">–</td><td class="number">–</td>${thumbnails(
    assets,
    baseline,
    'Untrained model',
  )}${stateCell(state, missing === 0 ? null : `${missing} of ${baseline.length} pictures are missing`)}</tr>`;
}

function trialRow(model: ReportModel, assets: Assets, trial: ReportTrial, axes: readonly string[]): Markup {
  const { number, subject, values, steps, finalLoss, seconds, pictures, state, reason } = trial;
  return html`<tr><th scope="row">${number}</th>${
    model.subjects.length > 1 ? html`<td>${own(literal(subject))}</td>` : ''
  }${each(axes, name => html`<td>${optionValue(values[name] ?? null)}</td>`)}<td class="number">${thousands(
    steps,
  )}</td><td class="number">${finalLoss === null ? '–' : finalLoss.toFixed(4)}</td><td class="number">${
    seconds === null ? '–' : duration(seconds)
  }</td>${thumbnails(assets, pictures, `Trial ${number}`)}${stateCell(state, reason)}</tr>`;
}

function thumbnails(assets: Assets, keys: readonly string[], whose: string): Markup {
  const shown = keys.slice(0, MAX_PICTURES);
  const left = keys.length - shown.length;
  return html`<td><span class="thumbnails">${each(shown, (key, i) => {
    const asset = assets.pictures.get(key);
    if (!asset)
      return html`<span class="gap missing"><span class="vh">${whose}, picture ${i + 1}: not there</span></span>`;
    return html`<img src="${asset.small}" width="44" height="44" alt="${whose}, picture ${i + 1} of ${keys.length}">`;
  })}${left > 0 ? html`<span class="more">+${left}</span>` : ''}</span></td>`;
}

const STATES: Record<ResultState, string> = { complete: 'Complete', failed: 'Failed', missing: 'Not there' };

const stateCell = (state: ResultState, reason: string | null): Markup =>
  html`<td class="state ${state}"><span class="badge">${STATES[state]}</span>${
    reason === null ? '' : html`<small>${own(shorten(reason, 400))}</small>`
  }</td>`;

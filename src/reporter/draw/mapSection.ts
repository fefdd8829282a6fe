import { html } from 'hono/html';
import { REGION_RULE } from '../model/regions.ts';
import type { ReportModel, ReportSetting, SweetSpotMap } from '../model/reportModel.ts';
import { isSweetSpot } from '../model/sweetSpot.ts';
import { literal, optionValue, settingsText, thousands } from '../shared/text.ts';
import { each, type Markup, own } from './markup.ts';

/** Learning rate by steps: where it is too little, right, too much. */
export function mapSection(model: ReportModel): Markup | '' {
  const measured = model.maps.filter(map =>
    map.settings.flat().some(id => id !== null && Object.keys(model.settings[id]?.scores ?? {}).length > 0),
  );
  if (measured.length === 0) return '';
  return html`
<section id="map" aria-labelledby="map-title">
  <div class="head"><h2 id="map-title">Sweet-spot map</h2>
  <p>${model.settings.some(({ region }) => region) ? REGION_RULE : 'The scores by learning rate and steps.'}</p></div>
  <div class="maps"><div class="map-list">${each(measured, map => mapTable(model, map))}</div></div>
</section>`;
}

function mapTable(model: ReportModel, map: SweetSpotMap): Markup {
  const answer = model.answers.find(({ subject }) => subject === map.subject);
  const metric = answer?.metric ?? model.metrics[0]?.name;
  const title = [model.subjects.length > 1 ? literal(map.subject) : '', settingsText(map.fixed)]
    .filter(Boolean)
    .join(', ');
  const cell = (id: number | null): Markup => {
    const setting = id === null ? undefined : model.settings[id];
    if (!setting || id === null)
      return html`<td class="none"><span aria-hidden="true">–</span><span class="vh">not part of this sweep</span></td>`;
    const mark = id === answer?.best ? 'best' : answer?.ties.includes(id) ? 'tied' : '';
    return html`<td data-setting="${id}" class="${setting.region ?? 'unnamed'} ${mark}"><span class="region">${regionText(setting, mark)}</span><span class="value">${
      metric && setting.scores[metric] ? setting.scores[metric].mean.toFixed(2) : '–'
    }</span></td>`;
  };
  return html`<div class="scroll" role="region" aria-label="Map ${title}" tabindex="0"><table class="map">
  <caption>${title === '' ? html`<span class="vh">Learning rate by steps</span>` : own(title)}</caption>
  <thead><tr><td class="corner">learning rate</td>${each(map.steps, step => html`<th scope="col">${thousands(step)} <small>steps</small></th>`)}</tr></thead>
  <tbody>${each(
    map.settings.map((row, r) => ({ row, rate: map.learningRates[r] ?? 0 })),
    ({ row, rate }) => html`<tr><th scope="row">${optionValue(rate)}</th>${each(row, cell)}</tr>`,
  )}</tbody></table></div>`;
}

function regionText(setting: ReportSetting, mark: string): string {
  const best = isSweetSpot(setting) ? '★ best' : 'best so far';
  return [setting.region ?? '', mark === 'best' ? best : mark === 'tied' ? 'tie' : '']
    .filter(Boolean)
    .join(' · ');
}

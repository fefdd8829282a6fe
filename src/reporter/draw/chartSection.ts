import { html } from 'hono/html';
import type { ReportChart } from '../shared/charts/chartBase.ts';
import { shorten } from '../shared/text.ts';
import type { ChartImage } from './chartImage.ts';
import { each, type Markup } from './markup.ts';

export interface DrawnChart {
  chart: ReportChart;
  image: ChartImage;
}

/** All charts: drawn by the script where there is one, as pictures where there is none. */
export const chartSection = (charts: readonly DrawnChart[], notes: readonly string[]): Markup => html`
<section id="charts" aria-labelledby="charts-title">
  <div class="head"><h2 id="charts-title">Charts</h2></div>
  ${charts.length === 0 ? html`<p class="empty">No training has left a loss yet.</p>` : ''}
  ${notes.length === 0 ? '' : html`<ul class="reasons">${each(notes, note => html`<li>${shorten(note, 400)}</li>`)}</ul>`}
  <div class="charts" id="charts-live"></div>
  <noscript><div class="charts">${each(
    charts,
    ({ chart, image }) =>
      html`<figure class="chart${chart.wide ? ' wide' : ''}"><figcaption><h3>${chart.title}</h3><p class="note">${chart.note}</p></figcaption><img src="data:image/png;base64,${image.png.toString(
        'base64',
      )}" width="${image.width}" height="${image.height}" alt="${chart.alt}"></figure>`,
  )}</div></noscript>
</section>`;

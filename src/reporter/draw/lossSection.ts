import { html } from 'hono/html';
import type { ReportModel, ReportTrajectory } from '../model/reportModel.ts';
import { count, literal, settingsText, shorten } from '../shared/text.ts';
import { type ChartSize, lossChart } from './lossChart.ts';
import { each, type Markup, own } from './markup.ts';

/** A chart drawn for a wide window and one for a phone, in CSS pixels: text that is scaled down cannot be read. */
const WIDE = { width: 1080, height: 400 };
const NARROW = { width: 400, height: 380 };

/** Height that the legend's lines add, per training. */
const LEGEND_WIDE = 8;
const LEGEND_NARROW = 26;

/** Loss against step of every training, a chart for every subject. */
export async function lossSection(model: ReportModel): Promise<Markup> {
  const charts = model.subjects.flatMap(({ name }) => {
    const own = model.trajectories.filter(({ subjects }) => subjects.includes(name));
    return own.length === 0 ? [] : [{ name, trajectories: own }];
  });
  const blocks: Markup[] = [];
  for (const { name, trajectories } of charts) {
    blocks.push(await chartBlock(name, trajectories, charts.length > 1));
  }
  return html`
<section id="losses" aria-labelledby="losses-title">
  <div class="head">
    <h2 id="losses-title">Training loss</h2>
    <p>Faint: the loss of every step; strong: averaged over about 20 steps; spikes are cut at the top. Each step draws its own noise, so the curves
    are rough, and a lower one does not promise better pictures. A curve that rises or breaks off does tell of a learning
    rate that is too high.</p>
  </div>
  ${blocks}
</section>`;
}

async function chartBlock(
  subject: string,
  all: readonly ReportTrajectory[],
  titled: boolean,
): Promise<Markup> {
  const drawn = all.filter(({ losses }) => losses.length > 0);
  const title = titled ? html`<h3>${own(literal(subject))}</h3>` : '';
  if (drawn.length === 0) return html`${title}<p class="empty">No training has left a loss yet.</p>`;
  return html`${title}<figure class="chart">${await chart(drawn, altText(subject, drawn))}${notes(all)}</figure>`;
}

async function chart(trajectories: readonly ReportTrajectory[], alt: string): Promise<Markup> {
  const n = trajectories.length;
  const wide = { ...WIDE, height: WIDE.height + LEGEND_WIDE * n };
  const narrow = { ...NARROW, height: NARROW.height + LEGEND_NARROW * n };
  const uri = async (size: ChartSize, theme: 'light' | 'dark'): Promise<string> =>
    `data:image/png;base64,${(await lossChart(trajectories, { size, theme })).toString('base64')}`;
  const [phone, dark] = ['(max-width: 640px)', '(prefers-color-scheme: dark)'];
  return html`<picture>
<source media="${phone} and ${dark}" srcset="${await uri(narrow, 'dark')}" width="${narrow.width}" height="${narrow.height}">
<source media="${phone}" srcset="${await uri(narrow, 'light')}" width="${narrow.width}" height="${narrow.height}">
<source media="${dark}" srcset="${await uri(wide, 'dark')}" width="${wide.width}" height="${wide.height}">
<img src="${await uri(wide, 'light')}" width="${wide.width}" height="${wide.height}" alt="${alt}"></picture>`;
}

function altText(subject: string, trajectories: readonly ReportTrajectory[]): string {
  const ends = trajectories.map(({ learningRate, values, losses }) => {
    const last = losses.at(-1);
    const { learning_rate: _, ...others } = values;
    const name = settingsText({ learning_rate: learningRate, ...others });
    return `${name}: ${last?.smoothed.toFixed(4)} at step ${last?.step}`;
  });
  return `Training loss of ${shorten(subject, 60)} against step. Smoothed loss at the end: ${ends.join('; ')}.`;
}

function notes(trajectories: readonly ReportTrajectory[]): Markup | '' {
  const lines = trajectories.flatMap(trajectory => {
    const { learningRate, values, notFiniteAt, losses, snapshots } = trajectory;
    const { learning_rate: _, ...others } = values;
    const name = settingsText({ learning_rate: learningRate, ...others });
    const last = snapshots.at(-1)?.step ?? 0;
    const known = losses.at(-1)?.step ?? 0;
    return [
      ...(notFiniteAt === null ? [] : [`${name}: the loss is not a number at step ${notFiniteAt}`]),
      ...(known < last && notFiniteAt === null ? [`${name}: known up to step ${known} of ${last}`] : []),
    ];
  });
  const alone = [...new Set(trajectories.flatMap(({ notShared }) => notShared ?? []))];
  const shared = alone.map(reason => `Trainings of other lengths are not shared: ${reason}`);
  const all = [...lines, ...shared];
  if (all.length === 0) return '';
  return html`<figcaption>${each(all.slice(0, 20), line => html`<span>${shorten(line, 400)}</span>`)}${
    all.length > 20 ? html`<span>and ${count(all.length - 20, 'more note')}</span>` : ''
  }</figcaption>`;
}

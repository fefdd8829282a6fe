import { html, raw } from 'hono/html';
import MarkdownIt from 'markdown-it';
import type { ReportCell, ReportModel } from '../model/reportModel.ts';
import type { Measured } from '../model/reportSettings.ts';
import { headlineText } from '../model/sweetSpot.ts';
import { claimText } from '../notes/claimText.ts';
import { type NoteFilter, type NoteQuery, parseNoteQuery } from '../notes/noteQuery.ts';
import { cellsFor, checkFilter } from '../notes/selectFor.ts';
import { testClaim } from '../notes/testClaim.ts';
import { abreast } from '../shared/abreast.ts';
import { capital, literal, optionLabel, optionValue } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import type { DrawnChart } from './chartSection.ts';
import { each, type Markup } from './markup.ts';

export interface NoteSources {
  model: ReportModel;
  measured: Measured;
  assets: Assets;
  charts: readonly DrawnChart[];
}

/** The fence of a query. */
export const QUERY_FENCE = 'sweetspot';

/**
 * The notes of a sweep: Markdown without raw HTML and without images from elsewhere, with the quotes that its blocks ask
 * for. A block that cannot be drawn says why; the rest stands.
 */
export function drawNotes(sources: NoteSources): Markup | null {
  const { notes } = sources.model.sweep;
  if (notes === null || notes.trim() === '') return null;
  const markdown = new MarkdownIt('default', { html: false, linkify: false }).disable('image');
  const tokens = markdown.parse(literal(notes), {});
  for (const token of tokens) {
    // The page has its own first heading.
    if (/^h[1-5]$/.test(token.tag)) token.tag = `h${Number(token.tag[1]) + 1}`;
  }
  const parts: Markup[] = [];
  let start = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.type !== 'fence' || token.level !== 0 || token.info.trim() !== QUERY_FENCE) continue;
    parts.push(html`${raw(markdown.renderer.render(tokens.slice(start, i), markdown.options, {}))}`);
    parts.push(drawQuery(sources, token.content));
    start = i + 1;
  }
  parts.push(html`${raw(markdown.renderer.render(tokens.slice(start), markdown.options, {}))}`);
  return html`${parts}`;
}

function drawQuery(sources: NoteSources, text: string): Markup {
  try {
    return draw(sources, parseNoteQuery(text));
  } catch (error) {
    return html`<p class="quoted bad">This quote cannot be drawn: ${literal((error as Error).message)}</p>`;
  }
}

function draw(sources: NoteSources, query: NoteQuery): Markup {
  const { model, charts } = sources;
  switch (query.kind) {
    case 'claim': {
      const result = testClaim(model, sources.measured, query);
      return html`<div class="quoted claim"><p><b>${capital(result.verdict)}:</b> ${literal(query.text)}</p><p class="note">${claimText(
        model,
        query.metric,
        result,
      )}</p></div>`;
    }
    case 'chart': {
      const found = charts.find(({ chart }) => chart.id === query.id);
      if (!found)
        throw new Error(
          `chart ${query.id}: expected one of ${charts.map(({ chart }) => chart.id).join(', ')}`,
        );
      const { chart, image } = found;
      return html`<figure class="chart"><figcaption><h4>${chart.title}</h4></figcaption><img src="data:image/png;base64,${image.png.toString(
        'base64',
      )}" width="${image.width}" height="${image.height}" alt="${chart.alt}"></figure>`;
    }
    case 'answer': {
      const answers = model.answers.filter(
        ({ subject }) => query.subject === null || subject === query.subject,
      );
      return html`<div class="quoted">${each(answers, ({ subject, best, reason }) => {
        const setting = best === null ? undefined : model.settings[best];
        return html`<p><b>${literal(subject)}: ${setting ? headlineText(setting) : 'nothing was measured'}.</b> ${reason}</p>`;
      })}</div>`;
    }
    case 'cells': {
      const cells = chosen(sources, query.where).slice(0, query.limit);
      return html`<figure class="quoted"><div class="seeds n-4">${each(cells, cell => still(sources, cell))}</div><figcaption class="note caption">${literal(
        query.title,
      )}</figcaption></figure>`;
    }
    case 'grid':
      return quotedGrid(sources, query);
  }
}

function chosen({ model }: NoteSources, where: NoteFilter): ReportCell[] {
  checkFilter(model, where);
  const cells = cellsFor(model, where);
  if (cells.length === 0) throw new Error('where: no picture fits');
  return cells;
}

function quotedGrid(
  sources: NoteSources,
  { title, where, rows, columns }: Extract<NoteQuery, { kind: 'grid' }>,
): Markup {
  const cells = chosen(sources, where);
  const rates = new Map(sources.model.trials.map(({ number, learningRate }) => [number, learningRate]));
  const value = (cell: ReportCell, name: string): string => {
    if (name === 'prompt' || name === 'subject') return literal(cell[name]);
    if (name === 'seeds') return String(cell.seed);
    if (name === 'max_train_steps') return optionValue(cell.steps);
    if (name === 'learning_rate') return optionValue(rates.get(cell.trial ?? 0) ?? null);
    return optionValue(cell.values[name] ?? null);
  };
  checkFilter(sources.model, { [rows]: [], [columns]: [] });
  const distinct = (name: string): string[] => {
    const values = [...new Set(cells.map(cell => value(cell, name)))];
    return values.every(text => Number.isFinite(Number(text)))
      ? values.sort((a, b) => Number(a) - Number(b))
      : values;
  };
  const [lines, across] = [distinct(rows), distinct(columns)];
  return html`<figure class="quoted"><div class="scroll" role="region" aria-label="${literal(title) || 'Pictures'}" tabindex="0"><table class="pictures">
  <thead><tr><td class="corner">${optionLabel(rows)}</td>${each(across, text => html`<th scope="col">${optionLabel(columns)} ${text}</th>`)}</tr></thead>
  <tbody>${each(
    lines,
    line =>
      html`<tr><th scope="row">${line}</th>${each(across, text => {
        const own = cells
          .filter(cell => value(cell, rows) === line && value(cell, columns) === text)
          .slice(0, 4);
        return html`<td><div class="seeds n-${abreast(own.length)}">${each(own, cell => still(sources, cell))}</div></td>`;
      })}</tr>`,
  )}</tbody></table></div><figcaption class="note caption">${literal(title)}</figcaption></figure>`;
}

function still({ assets, model }: NoteSources, cell: ReportCell): Markup {
  const asset = assets.pictures.get(cell.picture);
  const what = `${cell.trial === null ? 'Untrained model' : `Trial ${cell.trial}`}, seed ${cell.seed}: ${literal(cell.prompt).slice(0, 120)}`;
  if (!asset)
    return html`<span class="gap missing"><span class="vh">${what}: ${model.pictures[cell.picture]?.reason ?? 'not there'}</span></span>`;
  return html`<button type="button" class="pic still" data-open="${assets.positions.get(cell.picture) ?? -1}"><img src="${asset.src}" width="${asset.width}" height="${asset.height}" loading="lazy" alt="${what}"></button>`;
}

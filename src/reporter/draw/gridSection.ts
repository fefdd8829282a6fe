import { html } from 'hono/html';
import type { GridCell, GridLine, PictureGrid, ReportModel, ReportSubject } from '../model/reportModel.ts';
import { abreast } from '../shared/abreast.ts';
import { capital, literal, optionLabel, optionValue, shorten } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { each, type Markup, own } from './markup.ts';
import { pictureFigure } from './pictureFigure.ts';

/** Prompts longer than this get a frame that scrolls. */
const LONG_PROMPT = 400;

/** The heart of the page: the script's grid of any axes, and for readers without scripts a plain table a prompt. */
export const gridSection = (model: ReportModel, assets: Assets): Markup => html`
<section id="pictures" aria-labelledby="pictures-title">
  <div class="head">
    <h2 id="pictures-title">All pictures</h2>
    <p>Along a row the subject of your photos should appear while the prompt is still followed; where every picture repeats a
    photo, or the prompt is lost, training went too far. The same seeds stand at the same place in every cell.</p>
  </div>
  <div id="explorer"></div>
  <noscript><div class="plain-grids">${each(model.subjects, subject => subjectBlock(model, assets, subject))}</div></noscript>
</section>`;

function subjectBlock(model: ReportModel, assets: Assets, subject: ReportSubject): Markup {
  const numbered = model.grids.map((grid, number) => ({ grid, number }));
  const grids = numbered.filter(({ grid }) => grid.subject === subject.name);
  return html`<div class="subject">${model.subjects.length > 1 ? html`<h3>${own(literal(subject.name))}</h3>` : ''}
  <div class="grids">${each(grids, ({ grid, number }) => gridBlock(model, assets, grid, number))}</div></div>`;
}

function gridBlock(model: ReportModel, assets: Assets, grid: PictureGrid, number: number): Markup {
  const hasBase = grid.base.some(cell => cell !== null);
  const fixed = Object.entries(grid.fixed);
  const long = grid.prompt.length > LONG_PROMPT;
  return html`
<article class="grid" id="grid-${number}" aria-labelledby="grid-${number}-title" tabindex="-1">
  <h3 id="grid-${number}-title" dir="auto" class="prompt"${long ? html` tabindex="0"` : ''}>${literal(grid.prompt)}</h3>
  ${
    fixed.length === 0
      ? ''
      : html`<p class="chips">${each(fixed, ([name, value]) => html`<span>${optionLabel(name)} <b>${optionValue(value)}</b></span>`)}</p>`
  }
  <div class="scroll" role="region" aria-labelledby="grid-${number}-title" tabindex="0">
  <table class="pictures">
    <caption class="vh">Pictures by ${directionText(grid.rowNames) || 'trial'} and ${directionText(grid.columnNames)}</caption>
    <thead><tr>
      <td class="corner"><span>${directionText(grid.rowNames)}</span></td>
      ${hasBase ? html`<th scope="col">untrained<small>step 0</small></th>` : ''}
      ${each(grid.columns, column => columnHeader(grid, column))}
    </tr></thead>
    <tbody>${each(grid.rows, (row, r) => {
      const cells = grid.cells[r] ?? [];
      const base = grid.base[r] ?? null;
      return html`
    <tr>
      <th scope="row">${lineText(row)}</th>
      ${hasBase ? cellBlock(model, assets, { grid, cell: base, number, row: r, column: 0 }) : ''}
      ${each(cells, (cell, c) => cellBlock(model, assets, { grid, cell, number, row: r, column: c + 1 }))}
    </tr>`;
    })}</tbody>
  </table>
  </div>
  ${reasons(model, grid)}
</article>`;
}

const directionText = (names: readonly string[]): string => names.map(optionLabel).join(', ');

const lineText = ({ values }: GridLine): string => Object.values(values).map(optionValue).join(', ');

/** Steps read best with their unit; other options with their name. */
function columnHeader({ columnNames }: PictureGrid, { values }: GridLine): Markup {
  const [first, ...rest] = columnNames;
  const more = rest.map(name => `${optionLabel(name)} ${optionValue(values[name] ?? null)}`).join(', ');
  const value = optionValue(values[first ?? ''] ?? null);
  return first === 'max_train_steps'
    ? html`<th scope="col">${value} <small>steps${more && `, ${more}`}</small></th>`
    : html`<th scope="col"><small>${optionLabel(first ?? '')}</small> ${value}${more && html` <small>${more}</small>`}</th>`;
}

function cellBlock(
  model: ReportModel,
  assets: Assets,
  at: { grid: PictureGrid; cell: GridCell | null; number: number; row: number; column: number },
): Markup {
  const { grid, cell, number, row, column } = at;
  if (!cell)
    return html`<td class="none"><span aria-hidden="true">–</span><span class="vh">not part of this sweep</span></td>`;
  return html`<td${column === 0 ? html` class="base"` : ''}><div class="seeds n-${abreast(grid.seeds.length)}">${each(
    grid.seeds,
    (_, seed) => pictureFigure(model, assets, { grid, cell, place: { grid: number, row, column, seed } }),
  )}</div></td>`;
}

/** Why pictures of this grid are not there: each reason once, in words that can be read without hovering. */
function reasons(model: ReportModel, grid: PictureGrid): Markup | '' {
  const found = new Map<string, Set<string>>();
  for (const cell of [...grid.base, ...grid.cells.flat()]) {
    for (const key of cell?.pictures ?? []) {
      const picture = key === null ? undefined : model.pictures[key];
      if (!cell || !picture || picture.state === 'complete') continue;
      const who = cell.trial === null ? 'the untrained model' : `trial ${cell.trial}`;
      const reason = `${picture.state}: ${picture.reason}`;
      found.set(reason, (found.get(reason) ?? new Set()).add(who));
    }
  }
  if (found.size === 0) return '';
  return html`<ul class="reasons">${each(
    [...found],
    ([reason, who]) => html`<li><b>${capital([...who].join(', '))}</b> ${own(shorten(reason, 600))}</li>`,
  )}</ul>`;
}

import { abreast } from '../shared/abreast.ts';
import { factsOf } from '../shared/facts.ts';
import type { PageData } from '../shared/pageData.ts';
import type { Block, Layout, Line } from '../shared/pivot.ts';
import { el } from './dom.ts';
import type { PictureSources } from './pictureSources.ts';
import { placeId } from './placeMap.ts';

/** Draws one table of pictures. Every picture is a button that knows its cell. */
export function gridTable(
  data: PageData,
  sources: PictureSources,
  { block, layout, number }: { block: Block; layout: Layout; number: number },
): HTMLElement {
  const { dims } = data;
  const nameOf = (dim: number): string =>
    dims[dim]?.name === 'max_train_steps' ? 'steps' : (dims[dim]?.label ?? '');
  const isText = (dim: number): boolean => dims[dim]?.kind === 'prompt' || dims[dim]?.kind === 'subject';
  const label = (line: readonly number[], order: readonly number[]): HTMLElement[] =>
    order.map((dim, i) => {
      // Rows have their names in the corner; where there are several, each value says what it is of.
      const named = !isText(dim) && (order !== layout.rows || order.length > 1);
      const value = dims[dim]?.values[line[i] ?? -1] ?? '–';
      return el(
        'span',
        { class: 'line', dir: isText(dim) ? 'auto' : null },
        el('b', {}, value),
        ...(named ? [' ', el('small', {}, nameOf(dim))] : []),
      );
    });
  const untrained = (): HTMLElement[] => [el('span', { class: 'line' }, el('b', {}, 'untrained'))];
  const heading = (line: Line, order: readonly number[], scope: string): HTMLElement =>
    el(
      'th',
      { scope, class: line === null ? 'base' : null },
      ...(line === null ? untrained() : label(line, order)),
    );

  const title = el('h3', { id: `block-${number}`, class: 'page-title' }, ...pageTitle(data, layout, block));
  const table = el(
    'table',
    { class: 'pictures' },
    el('caption', { class: 'vh' }, `Pictures: ${title.textContent}`),
  );
  const head = el('tr', {}, el('td', { class: 'corner' }, layout.rows.map(nameOf).join(', ')));
  for (const column of block.columns) head.append(heading(column, layout.columns, 'col'));
  table.append(el('thead', {}, head));
  const body = el('tbody');
  for (const [r, row] of block.rows.entries()) {
    const line = el('tr', {}, heading(row, layout.rows, 'row'));
    for (const [c, column] of block.columns.entries()) {
      const own = block.cells[r]?.[c] ?? [];
      const across = abreast(own.length);
      const inner = el('div', { class: `seeds n-${across}` });
      if (own.length > across) inner.style.setProperty('--lines', String(Math.ceil(own.length / across)));
      for (const [inside, cell] of own.entries()) {
        const picture = pictureButton(data, sources, cell);
        picture.dataset.place = placeId({ block: number, row: r, column: c, inside });
        inner.append(picture);
      }
      if (own.length === 0)
        inner.append(
          el('span', { class: 'none' }, '–', el('span', { class: 'vh' }, ' not part of this sweep')),
        );
      line.append(el('td', { class: column === null || row === null ? 'base' : null }, inner));
    }
    body.append(line);
  }
  table.append(body);
  const scroll = el(
    'div',
    { class: 'scroll', role: 'region', 'aria-labelledby': `block-${number}`, tabindex: 0 },
    table,
  );
  return el('article', { class: 'grid' }, title, scroll);
}

function pageTitle({ dims }: PageData, layout: Layout, block: Block): (HTMLElement | string)[] {
  const parts: HTMLElement[] = [];
  for (const [i, dim] of layout.pages.entries()) {
    const value = dims[dim]?.values[block.page[i] ?? -1];
    if (value === undefined) continue;
    if (dims[dim]?.kind === 'prompt') parts.unshift(el('span', { class: 'prompt', dir: 'auto' }, value));
    else if (dims[dim]?.kind === 'subject') parts.push(el('span', { class: 'chip', dir: 'auto' }, value));
    else parts.push(el('span', { class: 'chip' }, `${dims[dim]?.label} `, el('b', {}, value)));
  }
  if (parts.length > 0) return parts;
  const [only] = dims.filter(({ kind, values }) => kind === 'prompt' && values.length === 1);
  return only ? [el('span', { class: 'prompt', dir: 'auto' }, only.values[0] ?? '')] : ['All pictures'];
}

/** A picture, or why there is none; both can be focused. */
export function pictureButton(data: PageData, sources: PictureSources, cell: number): HTMLElement {
  const [picture = 0] = data.cells[cell] ?? [];
  const state = data.pictures[picture]?.state ?? 2;
  const { title, prompt, gap } = factsOf(data, cell);
  const short = prompt.length > 120 ? `${[...prompt].slice(0, 119).join('')}…` : prompt;
  const words = state === 0 ? `${title}: ${short}` : `${title}. ${gap}`;
  const inner =
    state === 0
      ? el('img', {
          src: sources.thumbnail(picture),
          alt: words,
          loading: data.inline ? null : 'lazy',
          decoding: 'async',
        })
      : el('span', {}, state === 1 ? 'failed' : 'missing');
  return el(
    'button',
    {
      type: 'button',
      class: state === 0 ? 'pic' : `pic gap ${state === 1 ? 'failed' : 'missing'}`,
      'data-cell': cell,
      tabindex: -1,
      ...(state === 0 ? {} : { 'aria-label': words }),
    },
    inner,
  );
}

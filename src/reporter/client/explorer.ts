import type { PageData } from '../shared/pageData.ts';
import { type Block, defaultLayout, type Layout, pivot } from '../shared/pivot.ts';
import { SIZES, type View } from '../shared/viewHash.ts';
import { arrangePanel } from './arrangePanel.ts';
import { button, el } from './dom.ts';
import { gridTable } from './gridTable.ts';
import type { PictureSources } from './pictureSources.ts';
import { type Direction, PlaceMap } from './placeMap.ts';

export interface Explorer {
  /** Draws what the view says. */
  draw(): void;
  places(): PlaceMap;
  focus(cell: number): void;
}

interface Setup {
  data: PageData;
  sources: PictureSources;
  view: View;
  /** The view was changed by the reader. */
  changed(): void;
  open(cell: number): void;
}

/** With more pictures than this, tables out of sight are left undrawn. */
const MANY = 300;

/** Pictures up to this side are enlarged pixel by pixel where they are shown much larger. */
const TINY = 128;

/** The real photos stay in sight beside the tables. */
function pinnedPhotos({ photos }: PictureSources): HTMLElement {
  const aside = el('aside', { 'aria-label': 'The photos it was trained on' });
  for (const [subject, own] of photos) {
    const list = el('div', { class: 'photos' });
    for (const { src, alt } of own) list.append(el('img', { src, alt }));
    aside.append(
      el('p', { class: 'note', dir: 'auto' }, photos.size > 1 ? `Photos of ${subject}` : 'Your photos'),
      list,
    );
  }
  return aside;
}

/** Pictures that are drawn before the browser gets a chance to paint. */
const FIRST = 250;

const ARROWS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** The picture grid: tables of any axes, drawn a part at a time, walked by arrow keys. */
export function explorer(host: HTMLElement, { data, sources, view, changed, open }: Setup): Explorer {
  let blocks: Block[] = [];
  let places = new PlaceMap([]);
  let drawing = 0;
  const tables = el('div', { class: 'grids' });
  const change = (layout: Layout): void => {
    view.layout = layout;
    changed();
    draw();
  };
  const arrange = arrangePanel(data, {
    layout: () => view.layout,
    change,
    reset: () => change(defaultLayout(data.dims)),
  });
  const resize = (by: number): void => {
    const next = SIZES.find(size => size === view.size + by);
    if (next === undefined) return;
    view.size = next;
    changed();
    setSize();
  };
  const smaller = button('−', () => resize(-1), { 'aria-label': 'Smaller pictures' });
  const larger = button('+', () => resize(1), { 'aria-label': 'Larger pictures' });
  const setSize = (): void => {
    tables.dataset.size = String(view.size);
    smaller.setAttribute('aria-disabled', String(view.size === SIZES[0]));
    larger.setAttribute('aria-disabled', String(view.size === SIZES.at(-1)));
  };
  const bar = el(
    'div',
    { class: 'bar' },
    arrange.panel,
    el('div', { class: 'sizes', role: 'group', 'aria-label': 'Size of the pictures' }, smaller, larger),
  );
  host.replaceChildren(bar, el('div', { class: 'desk' }, pinnedPhotos(sources), tables));

  function draw(): void {
    blocks = pivot(data, view.layout);
    places = new PlaceMap(blocks);
    arrange.refresh();
    setSize();
    tables.replaceChildren();
    tables.classList.toggle('many', data.cells.length > MANY);
    tables.classList.toggle(
      'tiny',
      data.pictures.every(({ side }) => !side || Math.max(...side) <= TINY),
    );
    drawing += 1;
    drawFrom(0, drawing);
  }

  function drawFrom(start: number, run: number): void {
    if (run !== drawing) return;
    let pictures = 0;
    let number = start;
    for (; number < blocks.length && (pictures < FIRST || number === start); number += 1) {
      const block = blocks[number];
      if (!block) break;
      tables.append(gridTable(data, sources, { block, layout: view.layout, number }));
      pictures += block.cells.flat(2).length;
    }
    if (start === 0) {
      tables.querySelector<HTMLElement>('.pic')?.setAttribute('tabindex', '0');
      if (blocks.length === 0)
        tables.append(el('p', { class: 'empty' }, 'Nothing is left to show: choose more values.'));
    }
    if (number < blocks.length) setTimeout(() => drawFrom(number, run), 0);
  }

  const find = (cell: number): HTMLElement | null =>
    tables.querySelector(`[data-place="${places.placeOf(cell)}"]`);
  const focus = (cell: number): void => {
    const target = find(cell);
    if (!target) return;
    for (const old of tables.querySelectorAll('.pic[tabindex="0"]')) old.setAttribute('tabindex', '-1');
    target.setAttribute('tabindex', '0');
    target.focus({ preventScroll: false });
  };

  tables.addEventListener('click', event => {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-cell]') : null;
    if (!target) return;
    places.enter(target.dataset.place ?? '');
    open(Number(target.dataset.cell));
  });
  tables.addEventListener('focusin', event => {
    const place = event.target instanceof HTMLElement ? event.target.dataset.place : undefined;
    if (place !== undefined) places.enter(place);
  });
  tables.addEventListener('keydown', event => {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-cell]') : null;
    const direction = ARROWS[event.key] ?? (event.key === 's' ? 'next' : undefined);
    if (!target || !direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = places.move(Number(target.dataset.cell), direction);
    if (next !== null) focus(next);
  });
  return { draw, places: () => places, focus };
}

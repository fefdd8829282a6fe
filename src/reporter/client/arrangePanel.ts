import type { PageData } from '../shared/pageData.ts';
import type { Layout } from '../shared/pivot.ts';
import { button, el } from './dom.ts';

type PlaceName = 'rows' | 'columns' | 'inside' | 'pages';
const PLACES: [PlaceName, string][] = [
  ['rows', 'down: rows'],
  ['columns', 'across: columns'],
  ['inside', 'within each cell'],
  ['pages', 'a table each'],
];

interface Callbacks {
  layout(): Layout;
  change(layout: Layout): void;
  reset(): void;
}

/** Says where each axis stands, and lets the reader move, swap and filter them. */
export function arrangePanel(
  { dims }: PageData,
  callbacks: Callbacks,
): { panel: HTMLElement; refresh(): void } {
  const summary = el('summary');
  const body = el('div', { class: 'dims' });
  const panel = el('details', { class: 'arrange' }, summary, body);
  const movable = dims.flatMap((dim, i) =>
    dim.values.length > 1 || dim.name === 'max_train_steps' ? [i] : [],
  );

  const placeOf = (layout: Layout, dim: number): PlaceName =>
    PLACES.find(([place]) => layout[place].includes(dim))?.[0] ?? 'inside';
  const move = (dim: number, to: PlaceName): void => {
    const layout = { ...callbacks.layout() };
    for (const [place] of PLACES) layout[place] = layout[place].filter(other => other !== dim);
    layout[to] = [...layout[to], dim];
    callbacks.change(layout);
  };
  const filter = (dim: number, value: number, on: boolean): void => {
    const layout = callbacks.layout();
    const all = dims[dim]?.values.map((_, i) => i) ?? [];
    const shown = new Set(layout.shown.get(dim) ?? all);
    if (on) shown.add(value);
    else shown.delete(value);
    const next = new Map(layout.shown);
    if (shown.size === all.length || shown.size === 0) next.delete(dim);
    else next.set(dim, shown);
    callbacks.change({ ...layout, shown: next });
  };
  const swap = (): void => {
    const layout = callbacks.layout();
    callbacks.change({ ...layout, rows: layout.columns, columns: layout.rows });
  };

  const refresh = (): void => {
    const layout = callbacks.layout();
    const names = (place: PlaceName): string =>
      layout[place]
        .filter(dim => movable.includes(dim))
        .map(dim => dims[dim]?.label)
        .join(' × ');
    const words = PLACES.flatMap(([place, text]) =>
      names(place) ? [`${text.split(':')[0]} ${names(place)}`] : [],
    );
    summary.replaceChildren(el('b', {}, 'Arrange and filter'), el('span', {}, words.join(' · ')));
    const focused = document.activeElement?.id;
    body.replaceChildren(
      ...movable.map(dim => dimControl(dim, layout)),
      el(
        'div',
        { class: 'buttons' },
        button('Swap rows and columns', swap),
        button('Start view', callbacks.reset),
      ),
    );
    if (focused) document.getElementById(focused)?.focus();
  };

  const dimControl = (dim: number, layout: Layout): HTMLElement => {
    const { label = '', values = [], kind } = dims[dim] ?? {};
    const select = el('select', { id: `place-${dim}` });
    for (const [place, text] of PLACES) select.append(el('option', { value: place }, text));
    select.value = placeOf(layout, dim);
    select.addEventListener('change', () => move(dim, select.value as PlaceName));
    const shown = layout.shown.get(dim);
    const boxes = el('fieldset', {}, el('legend', { class: 'vh' }, `Values of ${label} that are shown`));
    for (const [value, text] of values.entries()) {
      const box = el('input', { type: 'checkbox', id: `value-${dim}-${value}` });
      box.checked = !shown || shown.has(value);
      box.addEventListener('change', () => filter(dim, value, box.checked));
      const short = text.length > 80 ? `${[...text].slice(0, 79).join('')}…` : text;
      boxes.append(el('label', { dir: kind === 'prompt' ? 'auto' : null }, box, ' ', short));
    }
    return el(
      'div',
      { class: 'dim' },
      el('label', { for: `place-${dim}` }, label),
      select,
      values.length > 1 ? boxes : null,
    );
  };

  refresh();
  return { panel, refresh };
}

import type { PageData } from './pageData.ts';
import { defaultLayout, type Layout } from './pivot.ts';

export type CompareMode = 'one' | 'slider' | 'blink' | 'beside';

/** What the reader looks at; the whole of it stands in the address. */
export interface View {
  layout: Layout;
  /** Steps of enlargement, 0 is what fits most screens. */
  size: number;
  /** Position in `PageData.cells` of the picture in the light box. */
  open: number | null;
  /** The other picture of a comparison, picture A: a cell's, or (see {@link photoPin}) a real photo. */
  pinned: number | null;
  mode: CompareMode;
}

/** How `View.pinned` names a photo by its number, from 0; and back: null where a cell is meant. */
export const photoPin = (photo: number): number => -1 - photo;
export const pinnedPhoto = (pinned: number): number | null => (pinned < 0 ? -1 - pinned : null);

const MODES: readonly CompareMode[] = ['one', 'slider', 'blink', 'beside'];
const PLACES = ['rows', 'columns', 'inside', 'pages'] as const;
export const SIZES = [-1, 0, 1, 2, 3] as const;

export const defaultView = (data: Pick<PageData, 'dims'>): View => ({
  layout: defaultLayout(data.dims),
  size: 0,
  open: null,
  pinned: null,
  mode: 'one',
});

/** The view as the part of an address behind `#`; empty for the default one. */
export function viewHash(data: Pick<PageData, 'dims'>, view: View): string {
  const parameters = new URLSearchParams();
  const standard = defaultView(data);
  const name = (dim: number): string => data.dims[dim]?.name ?? '';
  for (const place of PLACES) {
    const own = view.layout[place].map(name).join();
    if (own !== standard.layout[place].map(name).join()) parameters.set(place, own);
  }
  for (const [dim, shown] of view.layout.shown) {
    if (shown.size < (data.dims[dim]?.values.length ?? 0)) {
      parameters.set(`only.${name(dim)}`, [...shown].sort((a, b) => a - b).join());
    }
  }
  if (view.size !== 0) parameters.set('size', String(view.size));
  if (view.open !== null) parameters.set('picture', String(view.open));
  if (view.pinned !== null) parameters.set('beside', pinName(view.pinned));
  if (view.mode !== 'one') parameters.set('mode', view.mode);
  return parameters.toString().replaceAll('%2C', ',');
}

const pinName = (pinned: number): string => {
  const photo = pinnedPhoto(pinned);
  return photo === null ? String(pinned) : `photo${photo}`;
};

/** The view that an address asks for; what it asks for and is not there is left as it is by default. */
export function parseViewHash(data: Pick<PageData, 'dims' | 'cells'>, hash: string): View {
  const view = defaultView(data);
  if (!hash.includes('=')) return view;
  const parameters = new URLSearchParams(hash);
  const position = (name: string): number => data.dims.findIndex(dim => dim.name === name);
  const taken = new Set<number>();
  const layout = { ...view.layout };
  const given = PLACES.filter(place => parameters.has(place));
  for (const place of given) {
    layout[place] = (parameters.get(place) ?? '')
      .split(',')
      .map(position)
      .filter(dim => dim >= 0 && !taken.has(dim) && taken.add(dim));
  }
  for (const place of PLACES) {
    if (!given.includes(place)) layout[place] = layout[place].filter(dim => !taken.has(dim));
  }
  const shown = new Map<number, ReadonlySet<number>>();
  for (const [key, list] of parameters) {
    const dim = key.startsWith('only.') ? position(key.slice(5)) : -1;
    const values = data.dims[dim]?.values.length ?? 0;
    const wanted = list
      .split(',')
      .map(Number)
      .filter(value => Number.isInteger(value) && value >= 0 && value < values);
    if (wanted.length > 0) shown.set(dim, new Set(wanted));
  }
  const cell = (name: string): number | null => {
    const value = Number(parameters.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= 0 && value < data.cells.length ? value : null;
  };
  const photo = /^photo(\d{1,4})$/.exec(parameters.get('beside') ?? '');
  const size = Number(parameters.get('size') ?? 0);
  const mode = MODES.find(known => known === parameters.get('mode')) ?? 'one';
  return {
    layout: { ...layout, shown },
    size: SIZES.some(known => known === size) ? size : 0,
    open: cell('picture'),
    pinned: photo ? photoPin(Number(photo[1])) : cell('beside'),
    mode,
  };
}

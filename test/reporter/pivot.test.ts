import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dim } from '../../src/reporter/shared/pageData.ts';
import { defaultLayout, type Layout, pivot } from '../../src/reporter/shared/pivot.ts';
import { defaultView, parseViewHash, photoPin, viewHash } from '../../src/reporter/shared/viewHash.ts';

const DIMS: Dim[] = [
  { name: 'subject', label: 'subject', kind: 'subject', values: ['cat'] },
  { name: 'prompt', label: 'prompt', kind: 'prompt', values: ['x', 'y'] },
  { name: 'learning_rate', label: 'learning rate', kind: 'train', values: ['1e-5', '1e-4', '1e-3'] },
  { name: 'max_train_steps', label: 'training steps', kind: 'train', values: ['4', '8'] },
  { name: 'scheduler', label: 'scheduler', kind: 'sample', values: ['ddim', 'pndm'] },
  { name: 'seeds', label: 'seed', kind: 'seed', values: ['0', '1'] },
];

/** Every combination once, the untrained model's first: without a value on what is trained. */
function everything(): number[][] {
  const cells: number[][] = [];
  const walk = (values: number[], untrained: boolean): void => {
    const dim = DIMS[values.length];
    if (!dim) {
      cells.push([cells.length, untrained ? 0 : 1, 0, 0, ...values]);
      return;
    }
    if (untrained && dim.kind === 'train') walk([...values, -1], untrained);
    else for (const i of dim.values.keys()) walk([...values, i], untrained);
  };
  walk([], true);
  walk([], false);
  return cells;
}

const data = { dims: DIMS, cells: everything() };
const trained = data.cells.filter(cell => cell[1] === 1).length;

describe('pivot', () => {
  it('begins with rates down, steps across, seeds inside, and a table for each of the rest', () => {
    const blocks = pivot(data, defaultLayout(DIMS));
    expect(blocks.map(({ page }) => page)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(blocks[0]).toMatchObject({ rows: [[0], [1], [2]], columns: [null, [0], [1]] });
    expect(blocks[0]?.cells.flat().map(({ length }) => length)).toEqual(Array(9).fill(2));
  });

  const placements = fc
    .array(fc.constantFrom('rows', 'columns', 'inside', 'pages'), { minLength: 6, maxLength: 6 })
    .map((places): Layout => {
      const at = (place: string): number[] => places.flatMap((each, dim) => (each === place ? [dim] : []));
      return {
        rows: at('rows'),
        columns: at('columns'),
        inside: at('inside'),
        pages: at('pages'),
        shown: new Map(),
      };
    });

  it('shows every trained picture exactly once, and each untrained one, wherever axes stand', () => {
    fc.assert(
      fc.property(placements, layout => {
        const shown = pivot(data, layout).flatMap(({ cells }) => cells.flat(2));
        expect(shown.filter(cell => data.cells[cell]?.[1] === 1)).toHaveLength(trained);
        expect(new Set(shown).size).toBe(data.cells.length);
      }),
    );
  });

  it('leaves out what is filtered, of the untrained model only what it has', () => {
    const shown = new Map([
      [2, new Set([1])],
      [5, new Set([0])],
    ]);
    const [block] = pivot(data, { ...defaultLayout(DIMS), shown });
    expect(block).toMatchObject({ rows: [[1]], columns: [null, [0], [1]] });
    expect(block?.cells.flat().map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});

describe('viewHash', () => {
  it('is empty for the first view, and comes back as it was', () => {
    expect(viewHash(data, defaultView(data))).toBe('');
    const view = defaultView(data);
    const changed = {
      ...view,
      layout: { rows: [3, 4], columns: [2], inside: [5], pages: [1], shown: new Map([[2, new Set([0, 2])]]) },
      size: 2,
      open: 7,
      pinned: 3,
      mode: 'slider' as const,
    };
    expect(parseViewHash(data, viewHash(data, changed))).toEqual(changed);
    const withPhoto = { ...changed, pinned: photoPin(2) };
    expect(viewHash(data, withPhoto)).toContain('beside=photo2');
    expect(parseViewHash(data, viewHash(data, withPhoto))).toEqual(withPhoto);
  });

  it.each([
    'rows=nothing',
    'size=99',
    'picture=1e9',
    'picture=-1',
    'only.prompt=7',
    'mode=fast',
    '=&=',
    'a=%',
  ])('takes nothing that is not there from %s', hash => {
    const view = parseViewHash(data, hash);
    const standard = defaultView(data);
    expect({ ...view, layout: { ...view.layout, rows: [] } }).toEqual({
      ...standard,
      layout: { ...standard.layout, rows: [] },
    });
  });
});

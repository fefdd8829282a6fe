import type { PageData } from './pageData.ts';
import { FIRST_DIM } from './pivot.ts';

export interface Facts {
  /** All that tells the picture apart, in a line. */
  title: string;
  prompt: string;
  /** Name and value. */
  rows: [name: string, value: string][];
  /** Title and value of every score of this picture. */
  scores: [title: string, value: string][];
  /** Why there is no picture; null where there is one. */
  gap: string | null;
}

/** What can be said of a cell. */
export function factsOf({ dims, cells, pictures, metrics, samplers }: PageData, index: number): Facts {
  const cell = cells[index] ?? [];
  const [pictureIndex = 0, trial = 0, , sampler = 0] = cell;
  const picture = pictures[pictureIndex];
  const values = dims.flatMap((dim, i) => {
    const value = cell[FIRST_DIM + i] ?? -1;
    return value < 0 ? [] : [{ dim, value: dim.values[value] ?? '' }];
  });
  const named = values.filter(({ dim }) => dim.kind !== 'prompt');
  const words = named
    .filter(({ dim }) => dim.kind !== 'subject' || dim.values.length > 1)
    .map(({ dim, value }) => (dim.name === 'max_train_steps' ? `${value} steps` : `${dim.label} ${value}`));
  const state = picture?.state ?? 2;
  return {
    title: [...(trial === 0 ? ['untrained model'] : []), ...words].join(', '),
    prompt: values.find(({ dim }) => dim.kind === 'prompt')?.value ?? '',
    rows: [
      ...(trial === 0 ? [] : ([['trial', String(trial)]] as [string, string][])),
      ...named.map(({ dim, value }) => [dim.label, value] as [string, string]),
      ['sampling', samplers[sampler] ?? ''],
      ...(picture?.side
        ? ([['size', `${picture.side[0]} × ${picture.side[1]} pixels`]] as [string, string][])
        : []),
    ],
    scores: metrics.flatMap(({ title }, i) => {
      const value = picture?.scores[i];
      return value === null || value === undefined ? [] : [[title, value.toFixed(3)] as [string, string]];
    }),
    gap: state === 0 ? null : `${state === 1 ? 'Failed' : 'Missing'}: ${picture?.reason ?? ''}`,
  };
}

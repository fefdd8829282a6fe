import type { StageNode } from '../stages/identity.ts';
import { pictureStages } from '../stages/sample.ts';
import { effectiveSampler, type ResolvedSampler } from '../stages/sampler.ts';
import { type CellExclusion, cellExclusion, type SamplerPoint, samplerPoints } from '../sweep/expand.ts';
import type { NamedValues, Sweep } from '../sweep/types.ts';
import { otherPrompts } from './otherPrompts.ts';
import type { BaselineCell, Cell, InputDigests, OtherCell, Picture, Trial } from './types.ts';

export interface Pictures {
  cells: Cell[];
  baselineCells: BaselineCell[];
  /** Prompts without the subject, where scores want them; with the first sampler settings alone. */
  otherCells: OtherCell[];
  /** The baseline's first: they need no training. */
  pictures: Picture[];
  stages: StageNode[];
}

/** Every cell of every trial and of the untrained model, and the distinct pictures behind them. */
export function planPictures(sweep: Sweep, trials: readonly Trial[], digests: InputDigests): Pictures {
  const samplers = samplerPoints(sweep).map(point => ({
    ...point,
    effective: effectiveSampler(point.sampler),
  }));
  const prompts = new Map(sweep.subjects.map(({ name, prompts }) => [name, prompts]));
  const book = new PictureBook(digests.model);
  const isExcluded = cellExclusion(sweep);

  const baselineCells = sweep.baseline ? planBaseline(sweep, samplers, isExcluded, book) : [];
  const others = new Map(sweep.subjects.map(subject => [subject.name, otherPrompts(sweep, subject)]));
  const otherCells: OtherCell[] = sweep.baseline ? planOtherBaseline(sweep, samplers, others, book) : [];
  const cells: Cell[] = [];
  for (const { id: trial, subject, options, maxTrainSteps: step, values: trained, snapshotKey } of trials) {
    let first = true;
    for (const { sampler, effective, values: sampled } of samplers) {
      if (isExcluded(subject, options, sampler)) continue;
      const values: NamedValues = { ...trained, ...sampled };
      const keyOf = book.of(snapshotKey, effective);
      for (const prompt of prompts.get(subject) ?? []) {
        for (const seed of sweep.sample.seeds) {
          const pictureKey = keyOf(prompt, seed);
          cells.push({ trial, subject, step, values, sampler, prompt, seed, pictureKey });
        }
      }
      if (first) otherCells.push(...planOthers(sweep, others, { trial, subject, step, sampler }, keyOf));
      first = false;
    }
  }
  return { cells, baselineCells, otherCells, pictures: book.pictures, stages: book.stages };
}

type EffectivePoint = SamplerPoint & { effective: ResolvedSampler };

function planBaseline(
  sweep: Sweep,
  samplers: readonly EffectivePoint[],
  isExcluded: CellExclusion,
  book: PictureBook,
): BaselineCell[] {
  const cells: BaselineCell[] = [];
  for (const { sampler, effective, values } of samplers) {
    const byPicture = new Map<string, BaselineCell>();
    const keyOf = book.of(null, effective);
    for (const { name, prompts } of sweep.subjects) {
      if (isExcluded(name, null, sampler)) continue;
      for (const prompt of prompts) {
        for (const seed of sweep.sample.seeds) {
          const pictureKey = keyOf(prompt, seed);
          const known = byPicture.get(pictureKey);
          if (known) known.subjects.push(name);
          else {
            const cell = {
              trial: null,
              subjects: [name],
              step: 0 as const,
              values,
              sampler,
              prompt,
              seed,
              pictureKey,
            };
            byPicture.set(pictureKey, cell);
            cells.push(cell);
          }
        }
      }
    }
  }
  return cells;
}

type OtherPrompts = ReadonlyMap<string, readonly string[]>;

function planOtherBaseline(
  sweep: Sweep,
  [first]: readonly EffectivePoint[],
  others: OtherPrompts,
  book: PictureBook,
): OtherCell[] {
  if (!first) return [];
  const keyOf = book.of(null, first.effective);
  return sweep.subjects.flatMap(({ name: subject }) =>
    planOthers(sweep, others, { trial: null, subject, step: 0, sampler: first.sampler }, keyOf),
  );
}

function planOthers(
  sweep: Sweep,
  others: OtherPrompts,
  of: Pick<OtherCell, 'trial' | 'subject' | 'step' | 'sampler'>,
  keyOf: (prompt: string, seed: number) => string,
): OtherCell[] {
  return (others.get(of.subject) ?? []).flatMap(prompt =>
    sweep.sample.seeds.map(seed => ({ ...of, prompt, seed, pictureKey: keyOf(prompt, seed) })),
  );
}

/** Collects distinct pictures; asking for one again costs a look-up of its key. */
class PictureBook {
  readonly pictures: Picture[] = [];
  readonly stages: StageNode[] = [];
  readonly #model: string;
  readonly #known = new Set<string>();

  constructor(model: string) {
    this.#model = model;
  }

  /** Gives the keys of the pictures of one snapshot with one sampler. */
  of(snapshotKey: string | null, sampler: ResolvedSampler): (prompt: string, seed: number) => string {
    const stageOf = pictureStages({ model: this.#model, snapshotKey, sampler });
    return (prompt, seed) => {
      const stage = stageOf(prompt, seed);
      const { key } = stage;
      if (!this.#known.has(key)) {
        this.#known.add(key);
        this.stages.push(stage);
        this.pictures.push({ key, snapshotKey, sampler, prompt, seed });
      }
      return key;
    };
  }
}

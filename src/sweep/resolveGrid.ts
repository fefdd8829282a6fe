import type * as z from 'zod';
import type { ModelInfo } from '../stages/modelInfo.ts';
import type { Diagnostics } from './diagnostics.ts';
import { axisValues, distinct, MAX_AXIS, type ValueLists } from './grid.ts';
import type { AxisNotation, LooseFile } from './looseFile.ts';
import {
  camelCase,
  sampleDefaults,
  sampleScalars,
  seedScalar,
  trainDefaults,
  trainScalars,
} from './options.ts';
import { PRESETS } from './presets.ts';
import { show } from './schemaIssues.ts';
import type { OptionValue } from './types.ts';
import type { Path, YamlSource } from './yamlSource.ts';

export interface Grids {
  train: ValueLists;
  sample: ValueLists;
  /** Lists that subjects have of their own, by the subjects' names. */
  subjects: Record<string, ValueLists>;
  seeds: number[];
}

type Block = Record<string, AxisNotation>;

/** The lists of values of all options: what the file gives in its order, then its preset, then the defaults. */
export function resolveGrid(
  file: LooseFile,
  model: ModelInfo | null,
  source: YamlSource,
  diagnostics: Diagnostics,
): Grids {
  const zipped = new Set((file.zip ?? []).flat());
  const values = (path: Path, scalar: z.ZodType, notation: AxisNotation): OptionValue[] => {
    const name = String(path.at(-1));
    const whole = !scalar.safeParse(1.5).success;
    const list = axisValues(notation, whole);
    const wrong = list.find(value => !scalar.safeParse(value).success);
    const place = source.valueAt(path);
    if (list.length === 0) {
      diagnostics.add(place, {
        what: `${name} is a range without a value`,
        expected: 'an end (to) no smaller than the start (from)',
      });
    } else if (list.length >= MAX_AXIS) {
      diagnostics.add(place, { what: `${name} has too many values`, expected: `at most ${MAX_AXIS - 1}` });
    } else if (wrong !== undefined) {
      const expected = scalar.safeParse(wrong).error?.issues[0]?.message;
      diagnostics.add(place, { what: `the range of ${name} has a wrong value`, expected, got: show(wrong) });
    } else return zipped.has(name) ? list : distinct(list);
    return [];
  };

  /** What a block gives; a faulty option is left out. */
  const given = (path: Path, scalars: Record<string, z.ZodType>, block: Block | undefined): ValueLists => {
    const result: ValueLists = {};
    for (const [name, notation] of Object.entries(block ?? {})) {
      const scalar = scalars[name];
      const list = scalar ? values([...path, name], scalar, notation) : [];
      if (list.length > 0) result[camelCase(name)] = list;
    }
    return result;
  };

  const train = given(['train'], trainScalars, file.train);
  const preset = file.preset === undefined ? undefined : PRESETS[file.preset]?.train;
  const { seeds } = file.sample ?? {};
  return {
    train: withDefaults({ ...given([], trainScalars, preset), ...train }, train, trainScalars, {
      ...trainDefaults,
      resolution: resolutionOf(model),
      maxTrainSteps: 1,
    }),
    sample: withDefaults(given(['sample'], sampleScalars, file.sample), {}, sampleScalars, {
      ...sampleDefaults,
      scheduler: model?.scheduler ?? null,
      width: model?.width ?? null,
      height: model?.height ?? null,
    }),
    subjects: Object.fromEntries(
      Object.entries(file.subjects ?? {}).map(([name, { train: own }]) => [
        name,
        given(['subjects', name, 'train'], trainScalars, own),
      ]),
    ),
    seeds: seeds === undefined ? [0] : values(['sample', 'seeds'], seedScalar, seeds).map(Number),
  };
}

/** Every option has a list, for an empty one would end all combinations; those named in `first` come first. */
function withDefaults(
  lists: ValueLists,
  first: ValueLists,
  scalars: Record<string, z.ZodType>,
  defaults: Record<string, OptionValue>,
): ValueLists {
  const result: ValueLists = { ...first, ...lists };
  for (const field of Object.keys(scalars).map(camelCase)) result[field] ??= [defaults[field] ?? null];
  return result;
}

/** DreamBooth trains on squares; a model that is not square is trained at its shorter side. */
const resolutionOf = (model: ModelInfo | null): number => (model ? Math.min(model.width, model.height) : 1);

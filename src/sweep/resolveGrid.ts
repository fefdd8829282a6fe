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
import { show } from './schemaIssues.ts';
import type { OptionValue } from './types.ts';
import type { YamlSource } from './yamlSource.ts';

export interface Grids {
  train: ValueLists;
  sample: ValueLists;
  seeds: number[];
}

/** The lists of values of all options: what the file gives in its order, then the defaults of the others. */
export function resolveGrid(
  file: LooseFile,
  model: ModelInfo | null,
  source: YamlSource,
  diagnostics: Diagnostics,
): Grids {
  const zipped = new Set((file.zip ?? []).flat());
  const values = (block: 'train' | 'sample', name: string, scalar: z.ZodType, notation: AxisNotation) => {
    const whole = !scalar.safeParse(1.5).success;
    const list = axisValues(notation, whole);
    const wrong = list.find(value => !scalar.safeParse(value).success);
    const place = source.valueAt([block, name]);
    if (list.length === 0) {
      diagnostics.add(place, {
        what: `${name} is a range without a value`,
        expected: 'to at least as large as from',
      });
    } else if (list.length >= MAX_AXIS) {
      diagnostics.add(place, { what: `${name} has too many values`, expected: `at most ${MAX_AXIS - 1}` });
    } else if (wrong !== undefined) {
      const expected = scalar.safeParse(wrong).error?.issues[0]?.message;
      diagnostics.add(place, { what: `the range of ${name} has a wrong value`, expected, got: show(wrong) });
    } else return zipped.has(name) ? list : distinct(list);
    return [];
  };

  const lists = (
    block: 'train' | 'sample',
    scalars: Record<string, z.ZodType>,
    defaults: Record<string, OptionValue>,
  ): ValueLists => {
    const result: ValueLists = {};
    for (const [name, notation] of Object.entries(file[block] ?? {})) {
      const scalar = scalars[name];
      if (scalar) result[camelCase(name)] = values(block, name, scalar, notation);
    }
    for (const name of Object.keys(scalars)) {
      const field = camelCase(name);
      // An option that was left out as faulty has no default either: an empty list would end all combinations.
      result[field] ??= [defaults[field] ?? null];
      if (result[field].length === 0) result[field] = [defaults[field] ?? null];
    }
    return result;
  };

  const { seeds } = file.sample ?? {};
  return {
    train: lists('train', trainScalars, {
      ...trainDefaults,
      resolution: resolutionOf(model),
      maxTrainSteps: 1,
    }),
    sample: lists('sample', sampleScalars, {
      ...sampleDefaults,
      scheduler: model?.scheduler ?? null,
      width: model?.width ?? null,
      height: model?.height ?? null,
    }),
    seeds: seeds === undefined ? [0] : values('sample', 'seeds', seedScalar, seeds).map(Number),
  };
}

/** DreamBooth trains on squares; a model that is not square is trained at its shorter side. */
const resolutionOf = (model: ModelInfo | null): number => (model ? Math.min(model.width, model.height) : 1);

import { INVERSION_STEPS } from './inversionOptions.ts';
import type { Path, YamlSource } from './yamlSource.ts';

/** The block under `train:` (of the file or of a subject), and in `include`. */
const BLOCK = 'textual_inversion';
const STEPS = `${BLOCK}_max_train_steps`;

/**
 * The file as if the options of `textual_inversion: {learning_rate: ...}` stood beside the others, under names of their own
 * (`textual_inversion_learning_rate`): so they are axes, and rules can name them, like every option. Places are those
 * of the block. A block without `max_train_steps` has the script's 5000.
 */
export function withFlatInversion(source: YamlSource): YamlSource {
  const value = flatten(source.value, []);
  const original = (path: Path): Path => {
    const at = path.findIndex(key => typeof key === 'string' && key.startsWith(`${BLOCK}_`));
    if (at < 0) return path;
    const nested = [
      ...path.slice(0, at),
      BLOCK,
      String(path[at]).slice(BLOCK.length + 1),
      ...path.slice(at + 1),
    ];
    return source.has(nested.slice(0, at + 2)) ? nested : path;
  };
  return {
    ...source,
    value,
    has: path => source.has(original(path)),
    valueAt: path => source.valueAt(original(path)),
    keyAt: path => source.keyAt(original(path)),
  };
}

function flatten(value: unknown, path: Path): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => flatten(item, [...path, i]));
  const flat: Record<string, unknown> = Object.create(null);
  for (const [key, part] of Object.entries(value)) {
    if (key !== BLOCK || !mayHoldBlock(path)) flat[key] = flatten(part, [...path, key]);
    else if (isBlock(part)) Object.assign(flat, optionsOf(part));
    // Nothing, or "no": as if it were not there. Anything else is left for the schema to refuse.
    else if (part !== null && part !== false) flat[key] = part;
  }
  return flat;
}

/** `train`, `subjects.<name>.train`, `include[i]`. */
const mayHoldBlock = (path: Path): boolean =>
  (path.length === 1 && path[0] === 'train') ||
  (path.length === 3 && path[0] === 'subjects' && path[2] === 'train') ||
  (path.length === 2 && path[0] === 'include');

function optionsOf(block: Record<string, unknown>): Record<string, unknown> {
  const options = Object.fromEntries(Object.entries(block).map(([key, part]) => [`${BLOCK}_${key}`, part]));
  return STEPS in options ? options : { ...options, [STEPS]: INVERSION_STEPS };
}

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

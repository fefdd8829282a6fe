import { basename, dirname, join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';
import { tensorPlace } from '../safetensors/header.ts';
import { SafetensorsFile, type TensorEntry } from '../safetensors/index.ts';
import type { WeightLocation } from './findWeights.ts';

/** The tensors of a component by name, whether they lie in one file or in several. */
export class WeightFiles {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly #files: readonly SafetensorsFile[];
  readonly #fileOf: ReadonlyMap<string, SafetensorsFile>;

  private constructor(files: readonly SafetensorsFile[], fileOf: ReadonlyMap<string, SafetensorsFile>) {
    this.#files = files;
    this.#fileOf = fileOf;
    this.entries = new Map(
      [...fileOf].flatMap(([name, file]) => {
        const entry = file.entries.get(name);
        return entry ? [[name, entry] as const] : [];
      }),
    );
  }

  /** @throws E_SAFETENSORS, E_MISSING (a shard that the index names) */
  static async open({ path, sharded }: WeightLocation): Promise<WeightFiles> {
    if (sharded) return WeightFiles.#openShards(path);
    const file = SafetensorsFile.open(path);
    return new WeightFiles([file], new Map([...file.entries.keys()].map(name => [name, file])));
  }

  static async #openShards(indexPath: string): Promise<WeightFiles> {
    const shardOf = parseIndex(await readJson(indexPath), indexPath);
    const files = new Map<string, SafetensorsFile>();
    try {
      for (const shard of new Set(shardOf.values())) {
        files.set(shard, SafetensorsFile.open(join(dirname(indexPath), shard)));
      }
      const fileOf = new Map(
        [...shardOf].map(([name, shard]) => [name, shardWith(name, shard, files, indexPath)]),
      );
      return new WeightFiles([...files.values()], fileOf);
    } catch (error) {
      for (const file of files.values()) file.close();
      throw error;
    }
  }

  /**
   * @returns a tensor's values in torch order, widened to float32
   * @throws E_MODEL when one of them is not finite: such a model computes nothing but NaN
   */
  read(name: string): Float32Array {
    const file = this.#file(name);
    const values = file.read(name);
    const index = firstNotFinite(values);
    if (index >= 0) {
      throw new SweetspotError('E_MODEL', 'a weight is not a finite number', {
        place: `${tensorPlace(file.path, name)}[${index}]`,
        got: String(values[index]),
        hint: 'The model is damaged or was destroyed by its training: fetch it again, or use another one',
      });
    }
    return values;
  }

  /** `file: tensor`, for messages. */
  place(name: string): string {
    return tensorPlace(this.#file(name).path, name);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #file(name: string): SafetensorsFile {
    const file = this.#fileOf.get(name);
    if (!file) throw new SweetspotError('E_INTERNAL', 'no such tensor', { place: name });
    return file;
  }
}

/** Index of the first NaN or infinity, or -1. */
export function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** @returns for each tensor the file name of its shard, from `weight_map` */
function parseIndex(json: unknown, place: string): Map<string, string> {
  const map = isRecord(json) ? json.weight_map : undefined;
  if (!isRecord(map)) {
    throw new SweetspotError('E_SAFETENSORS', 'the index has no weight_map', {
      place,
      allowed: 'an object of tensor name to file name',
    });
  }
  return new Map(
    Object.entries(map).map(([name, shard]) => {
      // Shards lie beside their index; a path that leads elsewhere has no business in a model folder.
      if (
        typeof shard !== 'string' ||
        shard !== basename(shard) ||
        shard.includes('\\') ||
        !shard.endsWith('.safetensors')
      ) {
        throw new SweetspotError('E_SAFETENSORS', 'the index names no shard', {
          place: tensorPlace(place, name),
          allowed: 'the name of a safetensors file in the same folder',
          got: JSON.stringify(shard),
        });
      }
      return [name, shard];
    }),
  );
}

function shardWith(
  name: string,
  shard: string,
  files: Map<string, SafetensorsFile>,
  indexPath: string,
): SafetensorsFile {
  const file = files.get(shard);
  if (file?.entries.has(name)) return file;
  throw new SweetspotError('E_SAFETENSORS', 'the tensor is not in the shard that the index names', {
    place: tensorPlace(indexPath, name),
    got: shard,
    hint: 'Index and shards come from different models, or the download is not complete',
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

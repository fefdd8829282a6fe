import { SweetspotError } from '../../core/errors.ts';
import { DTYPE_BYTES, type Dtype, isDtype } from './dtype.ts';
import { parseHeaderJson } from './headerJson.ts';

/** Bytes before the header: its length, unsigned 64-bit little-endian. */
export const LENGTH_BYTES = 8;

/**
 * Longest header that is parsed. A tensor takes about 100 bytes of it: the 1131 of Stable Diffusion v1 make 120 kB, and
 * the largest published models stay under 5 MB; the rest is room. Longer ones would only fill the memory.
 */
export const MAX_HEADER_BYTES = 25_000_000;

/** One tensor of a file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  /** In torch order; empty for a scalar. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly start: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Parses and checks a header: every tensor's bytes fit its shape and dtype, and together they cover the data without
 * overlap, gap or rest, as the format demands. Nothing of the file is believed before it is checked.
 *
 * @param bytes the header without its length
 * @param fileBytes size of the whole file
 * @param place the file's path, for messages
 * @throws E_SAFETENSORS naming the tensor and what is wrong
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, place: string): SafetensorsHeader {
  const json = parseHeaderJson(decodeUtf8(bytes, place), place);
  const dataStart = LENGTH_BYTES + bytes.length;
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    entries.set(name, parseEntry(name, value, { dataStart, fileBytes, place: tensorPlace(place, name) }));
  }
  checkCoverage([...entries.values()], dataStart, fileBytes, place);
  return { entries, metadata: parseMetadata(json.__metadata__, place) };
}

/** `file: tensor`, safe to print whatever a file calls its tensors. */
export function tensorPlace(path: string, name: string): string {
  return `${path}: ${/^[\x21-\x7e]{1,200}$/.test(name) ? name : JSON.stringify(name).slice(0, 200)}`;
}

function decodeUtf8(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SweetspotError('E_SAFETENSORS', 'the header is not UTF-8 text', {
      place,
      hint: 'The file is damaged or no safetensors file: fetch it again',
      cause,
    });
  }
}

interface EntryContext {
  dataStart: number;
  fileBytes: number;
  place: string;
}

function parseEntry(
  name: string,
  value: unknown,
  { dataStart, fileBytes, place }: EntryContext,
): TensorEntry {
  const lie = (what: string, allowed: string, got: unknown): SweetspotError =>
    new SweetspotError('E_SAFETENSORS', what, { place, allowed, got: shorten(got) });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw lie('not a tensor entry', 'an object with dtype, shape and data_offsets', value);
  }
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (!isDtype(dtype)) throw lie('unknown dtype', Object.keys(DTYPE_BYTES).join(' '), dtype);
  if (!isCounts(shape)) throw lie('bad shape', 'a list of whole numbers, 0 or more', shape);
  if (!isCounts(offsets) || offsets.length !== 2) throw lie('bad data_offsets', 'two whole numbers', offsets);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > fileBytes - dataStart) {
    throw lie('data_offsets lie outside the file', `a range within 0 to ${fileBytes - dataStart}`, offsets);
  }
  const wanted = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
  if (wanted !== end - begin) {
    throw lie(`${dtype} [${shape.join(', ')}] does not fit its data`, `${wanted} bytes`, `${end - begin}`);
  }
  return { name, dtype, shape, start: dataStart + begin, byteLength: end - begin };
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(item => Number.isSafeInteger(item) && item >= 0);

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function checkCoverage(entries: TensorEntry[], dataStart: number, fileBytes: number, path: string): void {
  let at = dataStart;
  let before = 'the header';
  for (const entry of entries.sort((a, b) => a.start - b.start || a.byteLength - b.byteLength)) {
    if (entry.start !== at) {
      throw new SweetspotError(
        'E_SAFETENSORS',
        entry.start < at ? `its data overlaps ${before}` : `unused bytes between ${before} and its data`,
        { place: tensorPlace(path, entry.name), allowed: `data from byte ${at}`, got: `${entry.start}` },
      );
    }
    at += entry.byteLength;
    before = entry.name;
  }
  if (at !== fileBytes) {
    throw new SweetspotError('E_SAFETENSORS', 'bytes after the last tensor', {
      place: path,
      allowed: `${at} bytes in all`,
      got: `${fileBytes}`,
    });
  }
}

function parseMetadata(value: unknown, place: string): Record<string, string> {
  if (value === undefined) return {};
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.values(value).some(item => typeof item !== 'string')) {
    throw new SweetspotError('E_SAFETENSORS', 'bad __metadata__', {
      place,
      allowed: 'an object of strings',
      got: shorten(value),
    });
  }
  return value as Record<string, string>;
}

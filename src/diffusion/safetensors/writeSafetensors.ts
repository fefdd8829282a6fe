import type { FileHandle } from 'node:fs/promises';
import { SweetspotError } from '../../core/errors.ts';
import { writeAtomically } from '../../core/files.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { toHalf } from './half.ts';
import { LENGTH_BYTES, tensorPlace } from './header.ts';

/** What can be written: float32 as it is, or rounded to half precision. */
export type WeightDtype = 'F32' | 'F16';

interface NamedTensor {
  readonly name: string;
  /** In torch order. */
  readonly shape: readonly number[];
}

export interface WeightToWrite extends NamedTensor {
  readonly dtype: WeightDtype;
  /** The values in torch order, or a function that makes them when their turn comes: only one tensor is held then. */
  readonly data: Float32Array | (() => Float32Array);
}

export interface BytesToWrite extends NamedTensor {
  readonly dtype: 'U8';
  readonly data: Uint8Array;
}

export type TensorToWrite = WeightToWrite | BytesToWrite;

/** Tensors start at a multiple of this, so that readers can map the file; the header is padded with spaces. */
const ALIGNMENT = 8;

/**
 * Writes a safetensors file, atomically. Tensors lie sorted by dtype (wide first) and name, so the same tensors give
 * the same bytes whatever order they come in.
 *
 * @param metadata strings for `__metadata__`; readers of torch weights want `{format: 'pt'}`
 * @throws E_NOT_FINITE when a finite value has no place in F16 (beyond 65504)
 * @throws E_WRITE
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sorted = [...tensors].sort(
    (a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const header = encodeHeader(sorted, metadata, path);
  await writeAtomically(path, async file => {
    await writeAll(file, header);
    for (const tensor of sorted) await writeAll(file, encodeTensor(tensor, path));
  });
}

function encodeHeader(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
  path: string,
): Uint8Array {
  const members: string[] = [];
  const names = new Set(['__metadata__']);
  if (Object.keys(metadata).length > 0) members.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    if (names.has(name)) {
      throw new SweetspotError('E_INTERNAL', 'tensor name used twice', { place: tensorPlace(path, name) });
    }
    names.add(name);
    const end = begin + countValues(shape) * DTYPE_BYTES[dtype];
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, LENGTH_BYTES);
  return header;
}

const countValues = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function encodeTensor({ name, shape, dtype, data }: TensorToWrite, path: string): Uint8Array {
  const values = typeof data === 'function' ? data() : data;
  if (values.length !== countValues(shape)) {
    throw new SweetspotError('E_INTERNAL', 'tensor has the wrong number of values', {
      place: tensorPlace(path, name),
      allowed: `${countValues(shape)} for [${shape.join(', ')}]`,
      got: `${values.length}`,
    });
  }
  if (values instanceof Uint8Array) return values;
  const words = dtype === 'F32' ? values : toHalf(values);
  if (words instanceof Uint16Array) checkRange(values, words, tensorPlace(path, name));
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function checkRange(values: Float32Array, halfs: Uint16Array, place: string): void {
  const index = halfs.findIndex((bits, i) => (bits & 0x7fff) === 0x7c00 && Number.isFinite(values[i]));
  if (index < 0) return;
  throw new SweetspotError('E_NOT_FINITE', 'value is too large for half precision', {
    place: `${place}[${index}]`,
    allowed: 'at most 65504',
    got: `${values[index]}`,
    hint: 'Save in float32 instead',
  });
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}

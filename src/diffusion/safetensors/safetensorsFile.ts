import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SweetspotError } from '../../core/errors.ts';
import { readError } from '../../core/files.ts';
import { fromBfloat16, fromHalf } from './half.ts';
import {
  LENGTH_BYTES,
  MAX_HEADER_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
  tensorPlace,
} from './header.ts';

/** A single read takes at most this much: the system's limit is just under 2 GiB. */
const MAX_READ_BYTES = 1 << 30;

/**
 * An open safetensors file (github.com/huggingface/safetensors, "Format"): the header is read and checked at once, each
 * tensor when asked for, by its range, so that files of any size pass through memory tensor by tensor. Little-endian
 * hosts only, which is every platform Node 20 is tested on here.
 */
export class SafetensorsFile {
  readonly path: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  #descriptor: number | undefined;

  private constructor(path: string, descriptor: number, header: SafetensorsHeader) {
    this.path = path;
    this.#descriptor = descriptor;
    this.entries = header.entries;
    this.metadata = header.metadata;
  }

  /**
   * @throws E_MISSING when the file cannot be opened
   * @throws E_SAFETENSORS when it is cut off or its header is not true
   */
  static open(path: string): SafetensorsFile {
    const descriptor = openFile(path);
    try {
      return new SafetensorsFile(path, descriptor, readHeader(descriptor, path));
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /**
   * @returns a tensor's values in torch order, F16 and BF16 widened to float32; NaN and infinities as they are
   * @throws E_SAFETENSORS when the name is not in the file or the dtype is no float of 16 or 32 bits
   */
  read(name: string): Float32Array {
    const entry = this.#entry(name);
    switch (entry.dtype) {
      case 'F32':
        return new Float32Array(this.#bytes(entry));
      case 'F16':
        return fromHalf(new Uint16Array(this.#bytes(entry)));
      case 'BF16':
        return fromBfloat16(new Uint16Array(this.#bytes(entry)));
      default:
        throw new SweetspotError('E_SAFETENSORS', 'cannot be read as weights', {
          place: tensorPlace(this.path, name),
          allowed: 'dtype F32, F16 or BF16',
          got: entry.dtype,
        });
    }
  }

  /** The same of a tensor of bytes. */
  readBytes(name: string): Uint8Array {
    const entry = this.#entry(name);
    if (entry.dtype === 'U8') return new Uint8Array(this.#bytes(entry));
    throw new SweetspotError('E_SAFETENSORS', 'cannot be read as bytes', {
      place: tensorPlace(this.path, name),
      allowed: 'dtype U8',
      got: entry.dtype,
    });
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #entry(name: string): TensorEntry {
    const entry = this.entries.get(name);
    if (entry) return entry;
    throw new SweetspotError('E_SAFETENSORS', 'no such tensor', { place: tensorPlace(this.path, name) });
  }

  #bytes(entry: TensorEntry): ArrayBuffer {
    if (this.#descriptor === undefined) {
      throw new SweetspotError('E_INTERNAL', 'read from a closed file', { place: this.path });
    }
    return readRange(this.#descriptor, entry.start, entry.byteLength, this.path);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw readError(error, path);
  }
}

function readHeader(descriptor: number, path: string): SafetensorsHeader {
  const fileBytes = fileSize(descriptor, path);
  const hint = 'The file is damaged or no safetensors file: fetch it again';
  if (fileBytes < LENGTH_BYTES) {
    throw new SweetspotError('E_SAFETENSORS', 'the file is cut off before its header', {
      place: path,
      allowed: `${LENGTH_BYTES} bytes at least`,
      got: `${fileBytes}`,
      hint,
    });
  }
  const length = new DataView(readRange(descriptor, 0, LENGTH_BYTES, path)).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new SweetspotError('E_SAFETENSORS', 'the header is too long', {
      place: path,
      allowed: `${MAX_HEADER_BYTES} bytes at most`,
      got: `${length}`,
      hint,
    });
  }
  const headerBytes = Number(length);
  if (LENGTH_BYTES + headerBytes > fileBytes) {
    throw new SweetspotError('E_SAFETENSORS', 'the file is cut off within its header', {
      place: path,
      allowed: `${LENGTH_BYTES + headerBytes} bytes at least`,
      got: `${fileBytes}`,
      hint,
    });
  }
  return parseHeader(new Uint8Array(readRange(descriptor, LENGTH_BYTES, headerBytes, path)), fileBytes, path);
}

function fileSize(descriptor: number, path: string): number {
  const status = fstatSync(descriptor);
  if (!status.isFile()) throw new SweetspotError('E_MISSING', 'is a folder, not a file', { place: path });
  return status.size;
}

function readRange(descriptor: number, start: number, byteLength: number, path: string): ArrayBuffer {
  const buffer = new ArrayBuffer(byteLength);
  const bytes = new Uint8Array(buffer);
  let done = 0;
  while (done < byteLength) {
    const read = readOnce(descriptor, bytes.subarray(done, done + MAX_READ_BYTES), start + done, path);
    if (read === 0) {
      throw new SweetspotError('E_SAFETENSORS', 'the file became shorter while it was read', { place: path });
    }
    done += read;
  }
  return buffer;
}

function readOnce(descriptor: number, into: Uint8Array, position: number, path: string): number {
  try {
    return readSync(descriptor, into, 0, into.length, position);
  } catch (error) {
    throw readError(error, path);
  }
}

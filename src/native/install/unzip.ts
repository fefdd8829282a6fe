import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, type FileHandle, open, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { SweetspotError } from '../../core/errors.ts';
import { makeFolder } from '../../core/makeFolder.ts';

interface Entry {
  name: string;
  method: number;
  compressedSize: number;
  size: number;
  headerOffset: number;
  executable: boolean;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const STORED = 0;
const DEFLATED = 8;
/** A field with this value stands in a Zip64 record. */
const ELSEWHERE = 0xffffffff;

/**
 * Unpacks the entries of a zip file (a Python wheel) that `wanted` picks into `folder`, one after the other and piece by
 * piece. Of a wheel of a gigabyte we need a few files. Formats: PKWARE's APPNOTE, without Zip64 and encryption.
 *
 * @returns the paths made, relative to `folder`
 * @throws E_BACKEND for what is no such file, or is cut short
 */
export async function unzip(
  path: string,
  folder: string,
  wanted: (name: string) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const entries = (await readEntries(file, path)).filter(({ name }) => !name.endsWith('/') && wanted(name));
    for (const entry of entries) {
      signal.throwIfAborted();
      await extract(file, path, entry, join(folder, safeName(entry.name, path)), signal);
    }
    return entries.map(({ name }) => name);
  } finally {
    await file.close();
  }
}

async function readEntries(file: FileHandle, path: string): Promise<Entry[]> {
  const { size } = await file.stat();
  const tail = await readAt(
    file,
    Math.max(0, size - END_SIZE - MAX_COMMENT),
    Math.min(size, END_SIZE + MAX_COMMENT),
  );
  let end = tail.length - END_SIZE;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
  if (end < 0) throw broken(path, 'no end of a zip file');
  const count = tail.readUInt16LE(end + 10);
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw broken(path, 'a damaged directory');
    }
    const nameLength = directory.readUInt16LE(at + 28);
    const entry = {
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
      // The upper half holds the Unix mode.
      executable: ((directory.readUInt32LE(at + 38) >>> 16) & 0o100) !== 0,
    };
    if ([entry.size, entry.compressedSize, entry.headerOffset].includes(ELSEWHERE)) {
      throw broken(path, 'an entry of more than 4 GiB');
    }
    entries.push(entry);
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function extract(
  file: FileHandle,
  path: string,
  entry: Entry,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const header = await readAt(file, entry.headerOffset, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw broken(path, entry.name);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  makeFolder(dirname(target), target);
  if (entry.method !== STORED && entry.method !== DEFLATED) throw broken(path, `${entry.name}, packed oddly`);
  if (entry.compressedSize === 0) await writeFile(target, '');
  else {
    const output = createWriteStream(target);
    // Of its own: streams of one FileHandle leave their listeners with it.
    const end = start + entry.compressedSize - 1;
    const input = createReadStream(path, { start, end, highWaterMark: 1 << 20 });
    try {
      if (entry.method === DEFLATED) await pipeline(input, createInflateRaw(), output, { signal });
      else await pipeline(input, output, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))) {
        throw broken(path, entry.name);
      }
      throw error;
    }
    if (output.bytesWritten !== entry.size) throw broken(path, entry.name);
  }
  if (entry.executable) await chmod(target, 0o755);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The entry's path, which must stay inside the folder. */
function safeName(name: string, path: string): string {
  const clean = normalize(name);
  if (clean.startsWith('..') || clean.startsWith(sep)) throw broken(path, `an entry outside it: ${name}`);
  return clean;
}

const broken = (path: string, got: string): SweetspotError =>
  new SweetspotError('E_BACKEND', 'the archive is damaged', { place: path, got });

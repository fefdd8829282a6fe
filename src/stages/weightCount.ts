import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** More than the header of any model's file needs. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/**
 * How many numbers the safetensors files of a model's part hold, from their headers alone. Of several precisions of the
 * same weights (`.fp16.safetensors` beside the full ones) one is counted.
 *
 * @returns null where there is no such file or a header cannot be read: this only feeds an estimate
 */
export async function countWeights(dir: string): Promise<number | null> {
  const names = (await readdir(dir).catch(() => [])).filter(name => name.endsWith('.safetensors'));
  const full = names.filter(name => /^[^.]+\.safetensors$/.test(name));
  const counted = full.length > 0 ? full : names;
  if (counted.length === 0) return null;
  try {
    const counts = await Promise.all(counted.map(name => countInFile(join(dir, name))));
    return counts.reduce((total, count) => total + count, 0);
  } catch {
    return null;
  }
}

/** Layout of a safetensors file: 8 bytes of length, little-endian, then that much JSON. */
async function countInFile(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer: head } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const length = Number(head.readBigUInt64LE());
    if (length > MAX_HEADER_BYTES) throw new RangeError('the header is too long to be one');
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, 8);
    const header = JSON.parse(buffer.toString('utf8')) as Record<string, { shape?: number[] }>;
    return Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .reduce((total, [, { shape = [] }]) => total + shape.reduce((size, n) => size * n, 1), 0);
  } finally {
    await file.close();
  }
}

import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readError } from './files.ts';

/** SHA-256 of bytes, or of a string's UTF-8, as 64 lower-case hex digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/**
 * SHA-256 of a file's content, read in pieces (a model's file may be larger than memory).
 * @throws E_MISSING when the file cannot be read
 */
export async function sha256File(path: string): Promise<string> {
  const digest = createHash('sha256');
  try {
    await pipeline(createReadStream(path), digest);
  } catch (error) {
    throw readError(error, path);
  }
  return digest.digest('hex');
}

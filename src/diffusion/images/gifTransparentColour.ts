/**
 * The palette colour under the transparent pixels of a GIF's first frame: decoders throw it away, dropping alpha needs it.
 * Walks the blocks of GIF89a up to the first image descriptor.
 *
 * @returns red, green, blue, 255; null when the frame has no transparent colour or the file is not laid out so
 */
export function gifTransparentColour(gif: Uint8Array): [number, number, number, 255] | null {
  const byte = (at: number): number => gif[at] ?? 0;
  const globalFlags = byte(10);
  const globalTable = 13;
  let at = globalTable + tableBytes(globalFlags);
  let transparent: number | null = null;
  while (at < gif.length) {
    if (byte(at) === 0x21) {
      if (byte(at + 1) === 0xf9 && (byte(at + 3) & 1) === 1) transparent = byte(at + 6);
      at += 2;
      while (byte(at) !== 0) at += byte(at) + 1;
      at += 1;
    } else if (byte(at) === 0x2c) {
      if (transparent === null) return null;
      const localFlags = byte(at + 9);
      const table = tableBytes(localFlags) > 0 ? at + 10 : globalTable;
      const colour = table + 3 * transparent;
      const size = tableBytes(localFlags) || tableBytes(globalFlags);
      if (3 * transparent >= size) return null;
      return [byte(colour), byte(colour + 1), byte(colour + 2), 255];
    } else {
      return null;
    }
  }
  return null;
}

/** Bit 7: there is a table; bits 0-2: it has 2^(n+1) colours. */
const tableBytes = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

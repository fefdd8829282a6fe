/** TIFF 6.0, section 2: a directory is a count and entries of 12 bytes: tag, type, count, value. */
const ENTRY_BYTES = 12;
const SHORT = 3;

/**
 * The tags of a TIFF file's first picture that hold a short number, by tag; empty where the bytes are no TIFF or break
 * off: such a file's decoder says itself what is wrong with it.
 */
export function tiffTags(bytes: Buffer): ReadonlyMap<number, number> {
  const tags = new Map<number, number>();
  const order = bytes.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return tags;
  const u16 = (at: number): number => (order === 'II' ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  try {
    const directory = order === 'II' ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
    const end = directory + 2 + u16(directory) * ENTRY_BYTES;
    for (let at = directory + 2; at < end; at += ENTRY_BYTES) {
      if (u16(at + 2) === SHORT) tags.set(u16(at), u16(at + 8));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return tags;
}

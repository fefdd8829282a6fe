/**
 * The printable character that stands for each of the 256 bytes in a byte-level vocabulary (GPT-2's table): printable
 * Latin-1 stands for itself, the other 68 bytes get U+0100 onwards in ascending order.
 */
export const BYTE_SYMBOLS: readonly string[] = makeByteSymbols();

const BYTE_OF_SYMBOL = new Map(BYTE_SYMBOLS.map((symbol, byte) => [symbol, byte]));

/** The bytes behind a token's text; a character that is no byte symbol gives its own UTF-8 bytes. */
export function bytesOfSymbols(token: string): number[] {
  const bytes: number[] = [];
  for (const symbol of token) {
    const byte = BYTE_OF_SYMBOL.get(symbol);
    if (byte === undefined) bytes.push(...Buffer.from(symbol, 'utf8'));
    else bytes.push(byte);
  }
  return bytes;
}

function makeByteSymbols(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    return String.fromCodePoint(printable ? byte : next++);
  });
}

type Signature = [name: string, offset: number, bytes: string];

const PICTURES: Signature[] = [
  ['JPEG', 0, '\xff\xd8\xff'],
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['WebP', 8, 'WEBP'],
  ['GIF', 0, 'GIF8'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['AVIF', 4, 'ftypavif'],
  ['AVIF', 4, 'ftypavis'],
];

const OTHERS: Signature[] = [
  ['a HEIC picture', 4, 'ftyphei'],
  ['a HEIC picture', 4, 'ftyphev'],
  ['a HEIC picture', 4, 'ftypmif1'],
  ['a HEIC picture', 4, 'ftypmsf1'],
  ['a video', 4, 'ftyp'],
  ['a BMP picture', 0, 'BM'],
  ['a PDF document', 0, '%PDF'],
  ['a ZIP archive', 0, 'PK\x03\x04'],
  ['a Photoshop document', 0, '8BPS'],
  ['a safetensors or binary file', 8, '{"'],
  ['HTML, XML or SVG text', 0, '<'],
  ['JSON text', 0, '{'],
];

/** How many bytes of a file {@link pictureFormat} and {@link describeContent} look at. */
export const SIGNATURE_BYTES = 16;

export const PICTURE_FORMATS = 'a JPEG, PNG, WebP, GIF, TIFF or AVIF picture';

/** The format of a picture by its first bytes, whatever its name; null when it is none that is supported. */
export function pictureFormat(start: Uint8Array): string | null {
  return find(PICTURES, start);
}

/** What a file that is no picture looks like, for an error message. */
export function describeContent(start: Uint8Array): string {
  if (start.length === 0) return 'an empty file';
  const known = find(OTHERS, start) ?? (isText(start) ? 'text' : null);
  return known ?? `unknown content (${Buffer.from(start.subarray(0, 8)).toString('hex')}...)`;
}

/** What to do about a file of a photo folder that is none. */
export const contentHint = (content: string): string | null =>
  /^a (HEIC|BMP) picture$/.test(content) ? 'Convert it to JPEG or PNG' : null;

const LEFT_BEHIND = ['thumbs.db', 'desktop.ini', 'ehthumbs.db'];

/** Whether a file is hidden, or one of those that file managers make. */
export const isLeftBehind = (name: string): boolean =>
  name.startsWith('.') || LEFT_BEHIND.includes(name.toLowerCase());

function find(signatures: Signature[], start: Uint8Array): string | null {
  const text = Buffer.from(start.subarray(0, SIGNATURE_BYTES)).toString('latin1');
  return signatures.find(([, offset, bytes]) => text.startsWith(bytes, offset))?.[0] ?? null;
}

const isText = (start: Uint8Array): boolean =>
  start.subarray(0, SIGNATURE_BYTES).every(byte => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);

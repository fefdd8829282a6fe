import { SweetspotError } from '../../core/errors.ts';

/** A header holds an object of objects with arrays; deeper nesting can only be meant to exhaust the parser. */
const MAX_DEPTH = 4;

/**
 * Parses a header's JSON more strictly than JSON.parse, which would build any nesting and let the last of two equal
 * keys win: two tensors of one name are a lie about the file.
 *
 * @throws E_SAFETENSORS
 */
export function parseHeaderJson(text: string, place: string): Record<string, unknown> {
  const { depth, duplicate } = inspect(text);
  if (depth > MAX_DEPTH)
    throw new SweetspotError('E_SAFETENSORS', 'the header is nested too deep', { place });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SweetspotError('E_SAFETENSORS', 'the header is not JSON', {
      place,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'The file is damaged or no safetensors file: fetch it again',
      cause,
    });
  }
  if (duplicate !== undefined) {
    throw new SweetspotError('E_SAFETENSORS', 'the header names a key twice', { place, got: duplicate });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new SweetspotError('E_SAFETENSORS', 'the header is no JSON object', { place });
  }
  return json as Record<string, unknown>;
}

/** One pass over the characters: deepest nesting, and the first key that an object holds twice (if this is JSON). */
function inspect(text: string): { depth: number; duplicate: string | undefined } {
  const open: Set<string>[] = [];
  let depth = 0;
  let duplicate: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') {
      open.push(new Set());
      depth = Math.max(depth, open.length);
      if (depth > MAX_DEPTH) break;
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, i);
      if (nextCharacter(text, end) === ':') {
        const key = unquote(text.slice(i, end));
        const keys = open.at(-1);
        if (keys?.has(key)) duplicate ??= key;
        keys?.add(key);
      }
      i = end - 1;
    }
  }
  return { depth, duplicate };
}

/** Index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function nextCharacter(text: string, from: number): string | undefined {
  let i = from;
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\r' || text[i] === '\t') i++;
  return text[i];
}

/** The key itself, so that `a` and its escaped spelling are the same; a broken string is left for JSON.parse to refuse. */
function unquote(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

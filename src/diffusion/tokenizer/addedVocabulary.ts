import { SweetspotError } from '../../core/errors.ts';
import type { AddedToken } from './addedToken.ts';
import { normalizeText, replaceLoneSurrogates } from './normalizeText.ts';
import { UNICODE_CLASSES } from './unicodeClasses.ts';

/** A part of a text: an added token that was found, or normalized text that is still to be cut into words. */
export type TextPart = { id: number } | { text: string };

/** `\w` of the reference: alphabetic (letters, letter numbers, circled letters), marks, digits, connectors, joiners. */
const WORD =
  `[${UNICODE_CLASSES.letters}\\p{M}\\p{Nl}\\p{Nd}\\p{Pc}\\u200c\\u200d` +
  '\\u24b6-\\u24e9\\u{1f130}-\\u{1f149}\\u{1f150}-\\u{1f169}\\u{1f170}-\\u{1f189}]';
const ENDS_WITH_WORD = new RegExp(`${WORD}$`, 'u');
const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'u');
const SPACE = new RegExp(`[${UNICODE_CLASSES.spaces}]`, 'u');

/**
 * The tokens on top of the vocabulary and their places in a text. As in Hugging Face tokenizers, tokens that are not
 * normalized are found first, in the text as it was written; what lies between is normalized piece by piece, and
 * searched for the others. At one place the longest token wins.
 */
export class AddedVocabulary {
  readonly #tokens: ReadonlyMap<number, AddedToken>;
  readonly #verbatim: Matcher | null;
  readonly #normalized: Matcher | null;

  /** @param tokens the token of each id; special tokens whose id is in the vocabulary included */
  constructor(tokens: ReadonlyMap<number, AddedToken>, place: string) {
    this.#tokens = tokens;
    const entries = [...tokens].map(([id, token]) => ({ id, token }));
    this.#verbatim = makeMatcher(
      entries.filter(({ token }) => !token.normalized),
      replaceLoneSurrogates,
      place,
    );
    this.#normalized = makeMatcher(
      entries.filter(({ token }) => token.normalized),
      normalizeText,
      place,
    );
  }

  /** Ids ascending. */
  get tokens(): ReadonlyMap<number, AddedToken> {
    return this.#tokens;
  }

  split(text: string): TextPart[] {
    return findTokens(text, this.#verbatim).flatMap(part =>
      'id' in part ? [part] : findTokens(normalizeText(part.text), this.#normalized),
    );
  }
}

interface Matcher {
  pattern: RegExp;
  byPattern: ReadonlyMap<string, { id: number; token: AddedToken }>;
}

function makeMatcher(
  entries: { id: number; token: AddedToken }[],
  prepare: (content: string) => string,
  place: string,
): Matcher | null {
  if (entries.length === 0) return null;
  const byPattern = new Map<string, { id: number; token: AddedToken }>();
  for (const entry of entries) {
    const pattern = prepare(entry.token.content);
    const other = byPattern.get(pattern);
    if (other !== undefined) {
      throw new SweetspotError('E_TOKENIZER', 'two added tokens cannot be told apart', {
        place,
        got: `${JSON.stringify(other.token.content)} and ${JSON.stringify(entry.token.content)}`,
        hint: 'Letter case does not count in an added token; give it another name',
      });
    }
    if (pattern !== '') byPattern.set(pattern, entry);
  }
  const longestFirst = [...byPattern.keys()].sort((a, b) => b.length - a.length);
  return { pattern: new RegExp(longestFirst.map(escapeRegExp).join('|'), 'gu'), byPattern };
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function findTokens(text: string, matcher: Matcher | null): TextPart[] {
  if (text === '') return [];
  if (matcher === null) return [{ text }];
  const parts: TextPart[] = [];
  let done = 0;
  for (const match of text.matchAll(matcher.pattern)) {
    const found = matcher.byPattern.get(match[0]);
    if (found === undefined) continue;
    const start = match.index;
    const end = start + match[0].length;
    const { token, id } = found;
    if (token.singleWord && !standsAlone(text, start, end)) continue;
    const from = token.leftStrip ? Math.max(spacesBefore(text, start), done) : start;
    if (done < from) parts.push({ text: text.slice(done, from) });
    parts.push({ id });
    done = token.rightStrip ? spacesAfter(text, end) : end;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

const standsAlone = (text: string, start: number, end: number): boolean =>
  !ENDS_WITH_WORD.test(text.slice(Math.max(0, start - 2), start)) &&
  !STARTS_WITH_WORD.test(text.slice(end, end + 2));

function spacesBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && SPACE.test(text.charAt(start - 1))) start--;
  return start;
}

function spacesAfter(text: string, start: number): number {
  let end = start;
  while (end < text.length && SPACE.test(text.charAt(end))) end++;
  return end;
}

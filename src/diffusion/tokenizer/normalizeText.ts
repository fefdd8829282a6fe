import { UNICODE_CLASSES } from './unicodeClasses.ts';

const SPACES = new RegExp(`[${UNICODE_CLASSES.spaces}]+`, 'gu');
const INERT = new RegExp(`([${UNICODE_CLASSES.inert}])`, 'u');
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * What CLIP's tokenizer does to a text before it looks for words: canonical composition (NFC), every run of white space
 * to one space, lower case. Normalizer of transformers' `CLIPTokenizer`. Lower case goes character by character, so a
 * capital sigma always becomes σ, also at the end of a word where JavaScript writes ς.
 */
export function normalizeText(text: string): string {
  let lower = '';
  for (const character of compose(text).replace(SPACES, ' ')) lower += lowerCase(character);
  return lower;
}

/** Replaces lone surrogates, which no UTF-8 text can hold, by U+FFFD. */
export const replaceLoneSurrogates = (text: string): string => text.replace(LONE_SURROGATES, '\uFFFD');

/** NFC, except that characters the reference's older tables do not know stay where they are and as they are. */
function compose(text: string): string {
  if (!INERT.test(text)) return text.normalize('NFC');
  return text
    .split(INERT)
    .map((part, index) => (index % 2 === 1 ? part : part.normalize('NFC')))
    .join('');
}

function lowerCase(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return character.toLowerCase();
  // Cased letters of Unicode 17, which the engine of an older Node does not know yet.
  if (codePoint >= 0x16ea0 && codePoint <= 0x16eb8) return String.fromCodePoint(codePoint + 27);
  if (codePoint === 0xa7ce || codePoint === 0xa7d2 || codePoint === 0xa7d4) {
    return String.fromCodePoint(codePoint + 1);
  }
  return character.toLowerCase();
}

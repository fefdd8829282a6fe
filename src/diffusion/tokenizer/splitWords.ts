import { UNICODE_CLASSES } from './unicodeClasses.ts';

const { letters, numbers, spaces } = UNICODE_CLASSES;
const MARKERS = ['<|startoftext|>', '<|endoftext|>'];

// Pre-tokenizer of transformers' CLIPTokenizer: English contractions, runs of letters, single digits, runs of the rest.
const WORDS = new RegExp(
  `<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d` +
    `|[${letters}]+|[${numbers}]|[^${spaces}${letters}${numbers}]+`,
  'gu',
);

/**
 * Cuts a normalized text into the words that byte pairs are merged within. White space separates and vanishes.
 * A marker that was not recognised as a special token (written in capitals, say) is first taken as a whole, and then
 * cut like any text by the reference's byte-level step: `<|`, `endoftext`, `|>`.
 */
export function splitWords(normalized: string): string[] {
  const words: string[] = [];
  for (const word of normalized.match(WORDS) ?? []) {
    if (MARKERS.includes(word)) words.push('<|', word.slice(2, -2), '|>');
    else words.push(word);
  }
  return words;
}

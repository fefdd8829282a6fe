import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readJson, readText } from '../../core/files.ts';
import { isRecord } from './jsonRecord.ts';

/** The byte-pair tables of a tokenizer folder, checked: ids are 0..n-1, every merge and its result are in the vocabulary. */
export interface Vocabulary {
  vocabulary: Map<string, number>;
  merges: [string, string][];
  /** `added_tokens` of tokenizer.json, raw; empty where there is no such file. */
  addedTokens: unknown[];
  /** The file the vocabulary came from, for messages. */
  place: string;
}

/**
 * Reads tokenizer.json where there is one (as transformers does), else vocab.json and merges.txt.
 *
 * @throws E_TOKENIZER naming the file and what is wrong with it
 */
export async function readVocabulary(dir: string): Promise<Vocabulary> {
  const whole = join(dir, 'tokenizer.json');
  if (await isFile(whole)) return fromTokenizerJson(whole);

  const vocabPlace = join(dir, 'vocab.json');
  const mergesPlace = join(dir, 'merges.txt');
  for (const place of [vocabPlace, mergesPlace]) {
    if (await isFile(place)) continue;
    throw new SweetspotError('E_TOKENIZER', 'file not found', {
      place,
      allowed: 'tokenizer.json, or vocab.json with merges.txt',
      hint: 'A Stable Diffusion folder keeps them in tokenizer/; copy them from the base model',
    });
  }
  const vocabulary = checkVocabulary(await readJson(vocabPlace, 'E_TOKENIZER'), vocabPlace);
  const merges = parseMerges(await readText(mergesPlace), mergesPlace);
  checkMerges(merges, vocabulary, mergesPlace);
  return { vocabulary, merges, addedTokens: [], place: vocabPlace };
}

async function fromTokenizerJson(place: string): Promise<Vocabulary> {
  const json = await readJson(place, 'E_TOKENIZER');
  const model = isRecord(json) ? json.model : undefined;
  if (!isRecord(json) || !isRecord(model)) throw problem(place, 'has no "model" section');
  if (model.type !== undefined && model.type !== 'BPE') {
    throw problem(place, 'is not a byte-pair tokenizer', {
      allowed: 'model.type "BPE"',
      got: String(model.type),
    });
  }
  const suffix = model.end_of_word_suffix;
  if (suffix !== undefined && suffix !== null && suffix !== '</w>') {
    throw problem(place, 'is not a CLIP tokenizer', {
      allowed: 'end_of_word_suffix "</w>"',
      got: JSON.stringify(suffix),
    });
  }
  const vocabulary = checkVocabulary(model.vocab, place);
  if (!Array.isArray(model.merges)) throw problem(place, 'model.merges is not a list');
  const merges = model.merges.map((merge: unknown, index) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    return checkPair(pair, `${place}: model.merges[${index}]`, merge);
  });
  checkMerges(merges, vocabulary, place);
  const addedTokens = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  return { vocabulary, merges, addedTokens, place };
}

/** Lines `left right` in order of rank; `#version` lines do not count. */
function parseMerges(text: string, place: string): [string, string][] {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines.flatMap((line, index) =>
    line.startsWith('#version') ? [] : [checkPair(line.split(' '), `${place}:${index + 1}`, line)],
  );
}

function checkPair(pair: unknown, place: string, got: unknown): [string, string] {
  if (Array.isArray(pair) && pair.length === 2) {
    const [left, right]: unknown[] = pair;
    if (typeof left === 'string' && typeof right === 'string' && left !== '' && right !== '')
      return [left, right];
  }
  throw problem(place, 'malformed merge', {
    allowed: 'two tokens with one space between',
    got: JSON.stringify(got),
  });
}

function checkVocabulary(json: unknown, place: string): Map<string, number> {
  if (!isRecord(json)) {
    const got = json === undefined ? 'nothing' : Array.isArray(json) ? 'a list' : JSON.stringify(json);
    throw problem(place, 'the vocabulary is not an object', { allowed: 'an object of token to id', got });
  }
  const entries = Object.entries(json);
  if (entries.length === 0) throw problem(place, 'the vocabulary is empty');
  const seen = new Array<string | undefined>(entries.length);
  const vocabulary = new Map<string, number>();
  for (const [token, id] of entries) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= entries.length) {
      throw problem(place, `the id of ${JSON.stringify(token)} is out of range`, {
        allowed: `0 to ${entries.length - 1}, one for each of the ${entries.length} tokens`,
        got: JSON.stringify(id),
      });
    }
    const other = seen[id];
    if (other !== undefined) {
      throw problem(place, 'two tokens share an id', {
        got: `${id} for ${JSON.stringify(other)} and ${JSON.stringify(token)}`,
      });
    }
    seen[id] = token;
    vocabulary.set(token, id);
  }
  return vocabulary;
}

function checkMerges(merges: [string, string][], vocabulary: Map<string, number>, place: string): void {
  merges.forEach(([left, right], index) => {
    const missing = [left, right, left + right].find(token => !vocabulary.has(token));
    if (missing === undefined) return;
    throw problem(place, `merge ${index + 1} ("${left} ${right}") needs a token that the vocabulary lacks`, {
      got: JSON.stringify(missing),
      hint: 'Vocabulary and merges come from different tokenizers',
    });
  });
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

const problem = (
  place: string,
  what: string,
  details: { allowed?: string; got?: string; hint?: string } = {},
): SweetspotError => new SweetspotError('E_TOKENIZER', what, { place, ...details });

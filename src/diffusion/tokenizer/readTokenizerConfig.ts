import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';
import { type AddedToken, isSameToken, makeAddedToken } from './addedToken.ts';
import { isRecord } from './jsonRecord.ts';

export interface TokenizerConfig {
  bosToken: string;
  eosToken: string;
  padToken: string;
  unkToken: string;
  /** Null where the folder does not say, or says "no limit" (1e30). */
  modelMaxLength: number | null;
  paddingSide: Side;
  truncationSide: Side;
  /** In the order in which they are registered; a later one of the same content replaces the earlier. */
  addedTokens: AddedToken[];
  /** The ids that the files give to added tokens, for a check against the ids they get. */
  declaredIds: Map<string, number>;
}

export type Side = 'left' | 'right';

const NAMED = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];
const MARKERS = {
  bos_token: '<|startoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
  pad_token: '<|endoftext|>',
};
/** transformers writes 1e30 for "no limit"; no text encoder has a million positions. */
const NO_LIMIT = 1e6;

/**
 * Reads tokenizer_config.json and what older folders have beside it (special_tokens_map.json, added_tokens.json), with
 * the precedence of transformers 5: `added_tokens_decoder` in the config makes the other lists irrelevant.
 *
 * @param fromTokenizerJson `added_tokens` of tokenizer.json
 * @throws E_TOKENIZER naming the file and the key
 */
export async function readTokenizerConfig(
  dir: string,
  fromTokenizerJson: unknown[],
): Promise<TokenizerConfig> {
  const place = join(dir, 'tokenizer_config.json');
  const config = { ...MARKERS, ...(await readOptional(place)) } as Record<string, unknown>;
  const declared: { id: number; token: AddedToken }[] = [];

  if (config.added_tokens_decoder !== undefined) {
    if (!isRecord(config.added_tokens_decoder)) throw wrong(place, 'added_tokens_decoder', 'an object');
    for (const [id, value] of Object.entries(config.added_tokens_decoder)) {
      declared.push({ id: Number(id), token: parseToken(value, place, `added_tokens_decoder["${id}"]`) });
    }
  } else {
    await readLegacy(dir, config, declared);
    for (const [index, value] of fromTokenizerJson.entries()) {
      const file = join(dir, 'tokenizer.json');
      const token = parseToken(value, file, `added_tokens[${index}]`);
      declared.push({ id: isRecord(value) ? Number(value.id) : Number.NaN, token });
    }
  }

  const byContent = new Map(declared.map(({ token }) => [token.content, token]));
  const named = new Map<string, AddedToken>();
  for (const key of [...NAMED, ...Object.keys(config).filter(key => isExtraName(key, config[key]))]) {
    const value = config[key];
    if (value === undefined || value === null) continue;
    const token = parseToken(value, place, key);
    named.set(key, byContent.get(token.content) ?? token);
  }

  return {
    bosToken: contentOf(named, 'bos_token', place),
    eosToken: contentOf(named, 'eos_token', place),
    unkToken: contentOf(named, 'unk_token', place),
    padToken: contentOf(named, 'pad_token', place),
    modelMaxLength: parseMaxLength(config.model_max_length ?? config.max_len, place),
    paddingSide: parseSide(config.padding_side, place, 'padding_side'),
    truncationSide: parseSide(config.truncation_side, place, 'truncation_side'),
    addedTokens: registrationOrder(declared, named, parseExtra(config, place)),
    declaredIds: new Map(declared.map(({ id, token }) => [token.content, id])),
  };
}

/** First what the files declare, by id; then named and extra special tokens, unless the same content is declared. */
function registrationOrder(
  declared: { id: number; token: AddedToken }[],
  named: Map<string, AddedToken>,
  extra: AddedToken[],
): AddedToken[] {
  const latest = new Map(declared.map(({ id, token }) => [id, token]));
  const tokens = [...latest].sort(([a], [b]) => a - b).map(([, token]) => token);
  const isDeclared = new Set(tokens.map(({ content }) => content));
  for (const token of [...named.values(), ...extra]) {
    if (!isDeclared.has(token.content) && !tokens.some(other => isSameToken(other, token)))
      tokens.push(token);
  }
  return tokens;
}

async function readLegacy(
  dir: string,
  config: Record<string, unknown>,
  declared: { id: number; token: AddedToken }[],
): Promise<void> {
  for (const [key, value] of Object.entries(await readOptional(join(dir, 'special_tokens_map.json')))) {
    config[key] = isRecord(value) ? { ...value, special: true } : value;
  }
  const special = new Set(
    [...NAMED.map(key => config[key]), ...asList(config.extra_special_tokens)].map(value =>
      isRecord(value) ? value.content : value,
    ),
  );
  const place = join(dir, 'added_tokens.json');
  for (const [content, id] of Object.entries(await readOptional(place))) {
    if (typeof id !== 'number') throw wrong(place, JSON.stringify(content), 'an id', id);
    const isSpecial = special.has(content);
    declared.push({ id, token: makeAddedToken(content, { special: isSpecial, normalized: !isSpecial }) });
  }
}

/** A token is written as a string (then it is special) or as an object with its flags. */
function parseToken(value: unknown, place: string, key: string): AddedToken {
  if (typeof value === 'string') return makeAddedToken(value, { special: true });
  if (!isRecord(value) || typeof value.content !== 'string') throw wrong(place, key, 'a token', value);
  const flag = (name: string): boolean => {
    const given = value[name];
    if (given !== undefined && typeof given !== 'boolean')
      throw wrong(place, `${key}.${name}`, 'true or false', given);
    return given ?? false;
  };
  return makeAddedToken(value.content, {
    singleWord: flag('single_word'),
    leftStrip: flag('lstrip'),
    rightStrip: flag('rstrip'),
    special: flag('special'),
    ...(value.normalized === undefined ? {} : { normalized: flag('normalized') }),
  });
}

function parseExtra(config: Record<string, unknown>, place: string): AddedToken[] {
  const given = config.extra_special_tokens ?? config.additional_special_tokens;
  const values = isRecord(given) ? Object.values(given) : asList(given);
  return values.map((value, index) => parseToken(value, place, `extra_special_tokens[${index}]`));
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** transformers 5 takes every `something_token` as one more special token. */
const isExtraName = (key: string, value: unknown): boolean =>
  key.endsWith('_token') && !NAMED.includes(key) && typeof value === 'string';

function contentOf(named: Map<string, AddedToken>, key: string, place: string): string {
  const token = named.get(key);
  if (token === undefined || token.content === '') throw wrong(place, key, 'a token', null);
  return token.content;
}

function parseMaxLength(value: unknown, place: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || value < 2 || (value < NO_LIMIT && !Number.isInteger(value))) {
    throw wrong(place, 'model_max_length', 'a whole number of at least 2 (begin and end of text)', value);
  }
  return value < NO_LIMIT ? value : null;
}

function parseSide(value: unknown, place: string, key: string): Side {
  if (value === undefined || value === null || value === 'right') return 'right';
  if (value === 'left') return 'left';
  throw wrong(place, key, '"right" or "left"', value);
}

async function readOptional(path: string): Promise<Record<string, unknown>> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return {};
  const json = await readJson(path, 'E_TOKENIZER');
  if (!isRecord(json)) throw new SweetspotError('E_TOKENIZER', 'is not a JSON object', { place: path });
  return json;
}

const wrong = (place: string, key: string, allowed: string, got?: unknown): SweetspotError =>
  new SweetspotError('E_TOKENIZER', `${key} has a wrong value`, {
    place,
    allowed,
    ...(got === undefined ? {} : { got: JSON.stringify(got) }),
  });

import { SweetspotError } from '../../core/errors.ts';
import { type AddedToken, isSameToken, makeAddedToken } from './addedToken.ts';
import { AddedVocabulary } from './addedVocabulary.ts';
import { BytePairEncoder } from './bytePairEncoder.ts';
import { BYTE_SYMBOLS, bytesOfSymbols } from './byteSymbols.ts';
import { replaceLoneSurrogates } from './normalizeText.ts';
import { readTokenizerConfig, type TokenizerConfig } from './readTokenizerConfig.ts';
import { readVocabulary, type Vocabulary } from './readVocabulary.ts';
import { splitWords } from './splitWords.ts';

const END_OF_WORD = '</w>';

export interface EncodedText {
  /** `[length]`: begin of text, tokens, end of text, padding. */
  ids: Int32Array;
  /** The text that did not fit, as the tokens spell it; null when all of it did. */
  truncated: string | null;
}

export interface LoadTokenizerOptions {
  /** Positions of the text encoder: the length where the folder names none, and an upper limit where it does. */
  maxPositions?: number;
}

/**
 * CLIP's byte-pair tokenizer. Any text gives the ids that `CLIPTokenizer` of transformers 5 gives with
 * `padding="max_length", truncation=True`. Immutable; {@link withAddedTokens} makes another one.
 */
export class CLIPTokenizer {
  /** The folder it was read from. */
  readonly dir: string;
  /** Tokens that its folder does not have, with their ids. */
  readonly addedInMemory: ReadonlyMap<number, AddedToken>;
  readonly modelMaxLength: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly #config: TokenizerConfig;
  readonly #vocabulary: Vocabulary;
  readonly #encoder: BytePairEncoder;
  readonly #added: AddedVocabulary;
  readonly #idOfAdded: ReadonlyMap<string, number>;
  #textOfId: readonly string[] | undefined;

  private constructor(
    vocabulary: Vocabulary,
    config: TokenizerConfig,
    encoder: BytePairEncoder,
    modelMaxLength: number,
    tokens: ReadonlyMap<number, AddedToken>,
    source: { dir: string; addedInMemory: ReadonlyMap<number, AddedToken> },
  ) {
    this.dir = source.dir;
    this.addedInMemory = source.addedInMemory;
    this.#vocabulary = vocabulary;
    this.#config = config;
    this.#encoder = encoder;
    this.modelMaxLength = modelMaxLength;
    this.#added = new AddedVocabulary(tokens, vocabulary.place);
    this.#idOfAdded = new Map([...tokens].map(([id, token]) => [token.content, id]));
    this.bosId = this.#markerId('bos_token', config.bosToken);
    this.eosId = this.#markerId('eos_token', config.eosToken);
    this.padId = this.#markerId('pad_token', config.padToken);
  }

  /**
   * Reads a `tokenizer/` folder: tokenizer.json, or vocab.json with merges.txt; and tokenizer_config.json,
   * special_tokens_map.json, added_tokens.json as far as they exist.
   *
   * @throws E_TOKENIZER naming the file and what is wrong with it
   */
  static async load(dir: string, { maxPositions }: LoadTokenizerOptions = {}): Promise<CLIPTokenizer> {
    const vocabulary = await readVocabulary(dir);
    const config = await readTokenizerConfig(dir, vocabulary.addedTokens);
    const unknownId = vocabulary.vocabulary.get(config.unkToken) ?? null;
    checkAlphabet(vocabulary, unknownId, config.unkToken);
    const encoder = new BytePairEncoder({ ...vocabulary, endOfWordSuffix: END_OF_WORD, unknownId });
    const tokens = registerTokens(vocabulary, new Map(), config.addedTokens);
    checkIds(dir, tokens, config, vocabulary.vocabulary);
    const length = chooseLength(dir, config, maxPositions);
    return new CLIPTokenizer(vocabulary, config, encoder, length, tokens, { dir, addedInMemory: new Map() });
  }

  /** Tokens in all, added ones included: the rows that the text encoder's embedding must have. */
  get vocabSize(): number {
    const base = this.#vocabulary.vocabulary.size;
    return base + [...this.#added.tokens.keys()].filter(id => id >= base).length;
  }

  /** Special and added tokens with their ids. */
  get addedTokens(): ReadonlyMap<number, AddedToken> {
    return this.#added.tokens;
  }

  /**
   * A tokenizer that also knows these tokens, with ids after the vocabulary in the order given. A token that exists
   * keeps its id. Strings are sought regardless of case, as `tokenizer.add_tokens` of transformers has it.
   *
   * @throws E_TOKENIZER when two tokens cannot be told apart
   */
  withAddedTokens(tokens: readonly (string | AddedToken)[]): CLIPTokenizer {
    const made = tokens.map(token => (typeof token === 'string' ? makeAddedToken(token) : token));
    const all = registerTokens(this.#vocabulary, this.#added.tokens, made);
    const fresh = [...all].filter(([id]) => !this.#added.tokens.has(id));
    const source = { dir: this.dir, addedInMemory: new Map([...this.addedInMemory, ...fresh]) };
    return new CLIPTokenizer(this.#vocabulary, this.#config, this.#encoder, this.modelMaxLength, all, source);
  }

  /** The id of a token written exactly so (`cat</w>`, `<moji>`), or null. */
  tokenId(token: string): number | null {
    return this.#idOfAdded.get(token) ?? this.#vocabulary.vocabulary.get(token) ?? null;
  }

  /** Ids of the text alone: nothing around it, nothing cut off. */
  tokenize(text: string): number[] {
    const ids: number[] = [];
    for (const part of this.#added.split(replaceLoneSurrogates(text))) {
      if ('id' in part) ids.push(part.id);
      else
        for (const word of splitWords(part.text)) for (const id of this.#encoder.encode(word)) ids.push(id);
    }
    return ids;
  }

  /** Begin of text, the ids of any text at all, end of text; cut or padded to `length`. Never throws on a text. */
  encode(text: string, length = this.modelMaxLength): EncodedText {
    if (!Number.isInteger(length) || length < 2) {
      throw new SweetspotError('E_OPTION', 'a text needs room for its begin and its end', {
        allowed: 'a length of at least 2',
        got: String(length),
      });
    }
    const all = this.tokenize(text);
    const room = length - 2;
    const left = this.#config.truncationSide === 'left';
    const kept = left ? all.slice(Math.max(0, all.length - room)) : all.slice(0, room);
    const cut = left ? all.slice(0, all.length - kept.length) : all.slice(room);

    const ids = new Int32Array(length).fill(this.padId);
    const start = this.#config.paddingSide === 'left' ? room - kept.length : 0;
    ids[start] = this.bosId;
    ids.set(kept, start + 1);
    ids[start + 1 + kept.length] = this.eosId;
    return { ids, truncated: cut.length === 0 ? null : this.decode(cut) };
  }

  /** The text that ids spell, in lower case and with a space after each word; for messages. */
  decode(ids: Iterable<number>): string {
    this.#textOfId ??= this.#listTexts();
    const bytes: number[] = [];
    for (const id of ids) bytes.push(...bytesOfSymbols(this.#textOfId[id] ?? ''));
    return Buffer.from(bytes).toString('utf8').replaceAll(END_OF_WORD, ' ').trim();
  }

  #listTexts(): string[] {
    const texts: string[] = [];
    for (const [token, id] of this.#vocabulary.vocabulary) texts[id] = token;
    for (const [id, token] of this.#added.tokens) texts[id] = token.content;
    return texts;
  }

  #markerId(key: string, token: string): number {
    const id = this.tokenId(token);
    if (id !== null) return id;
    throw new SweetspotError('E_TOKENIZER', `${key} ${JSON.stringify(token)} is not in the vocabulary`, {
      place: this.#vocabulary.place,
    });
  }
}

/**
 * The rule of Hugging Face tokenizers: what the vocabulary or an earlier token has, keeps its id and takes the new
 * flags; everything else is numbered on from the end.
 */
function registerTokens(
  { vocabulary }: Vocabulary,
  before: ReadonlyMap<number, AddedToken>,
  added: readonly AddedToken[],
): Map<number, AddedToken> {
  const tokens = new Map(before);
  const idOf = new Map([...before].map(([id, token]) => [token.content, id]));
  let next = Math.max(vocabulary.size, ...[...before.keys()].map(id => id + 1));
  for (const token of added) {
    if (token.content === '') continue;
    const id = idOf.get(token.content) ?? vocabulary.get(token.content) ?? next++;
    const known = tokens.get(id);
    if (known !== undefined && isSameToken(known, token)) continue;
    idOf.set(token.content, id);
    tokens.set(id, token);
  }
  return new Map([...tokens].sort(([a], [b]) => a - b));
}

function checkAlphabet({ vocabulary, place }: Vocabulary, unknownId: number | null, unkToken: string): void {
  if (unknownId !== null) return;
  const missing = BYTE_SYMBOLS.flatMap(symbol => [symbol, symbol + END_OF_WORD]).find(
    symbol => !vocabulary.has(symbol),
  );
  if (missing === undefined) return;
  throw new SweetspotError('E_TOKENIZER', `unk_token ${JSON.stringify(unkToken)} is not in the vocabulary`, {
    place,
    hint: `It is needed, since the vocabulary has no token for every byte (${JSON.stringify(missing)})`,
  });
}

/**
 * The markers that surround every text must be in the files, or the embedding has no row for them; a declared id must be
 * the one the token gets, or it picks the row of another.
 */
function checkIds(
  dir: string,
  tokens: ReadonlyMap<number, AddedToken>,
  { bosToken, eosToken, padToken, declaredIds }: TokenizerConfig,
  vocabulary: ReadonlyMap<string, number>,
): void {
  const markers = [bosToken, eosToken, padToken];
  for (const [id, { content }] of tokens) {
    const declared = declaredIds.get(content);
    if (declared === undefined && markers.includes(content) && !vocabulary.has(content)) {
      throw new SweetspotError(
        'E_TOKENIZER',
        `special token ${JSON.stringify(content)} is not in the vocabulary`,
        {
          place: dir,
          hint: 'Take vocab.json, merges.txt and tokenizer_config.json from the same model',
        },
      );
    }
    if (declared !== undefined && declared !== id) {
      throw new SweetspotError('E_TOKENIZER', `added token ${JSON.stringify(content)} has the wrong id`, {
        place: dir,
        allowed: String(id),
        got: String(declared),
        hint: 'Ids of added tokens follow the vocabulary without a gap',
      });
    }
  }
}

function chooseLength(
  dir: string,
  { modelMaxLength }: TokenizerConfig,
  maxPositions: number | undefined,
): number {
  const length = modelMaxLength ?? maxPositions;
  if (length === undefined) {
    throw new SweetspotError('E_TOKENIZER', 'model_max_length is missing', {
      place: `${dir}/tokenizer_config.json`,
      hint: 'Set it to max_position_embeddings of the text encoder (77 for Stable Diffusion v1)',
    });
  }
  if (maxPositions !== undefined && length > maxPositions) {
    throw new SweetspotError('E_TOKENIZER', 'model_max_length does not fit the text encoder', {
      place: `${dir}/tokenizer_config.json`,
      allowed: `at most ${maxPositions}`,
      got: String(length),
    });
  }
  return length;
}

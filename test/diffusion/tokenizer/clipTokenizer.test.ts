import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAddedToken } from '../../../src/diffusion/tokenizer/addedToken.ts';
import { CLIPTokenizer } from '../../../src/diffusion/tokenizer/clipTokenizer.ts';
import { EXAMPLE, tokenizerFolder } from './tokenizerFolder.ts';

const GOLDEN = fileURLToPath(new URL('../../golden/tokenizer/', import.meta.url));

interface Recorded {
  modelMaxLength: number;
  bos: number;
  eos: number;
  pad: number;
  size: number;
  prompts: { ids: number[]; padded: number[] }[];
}

const readGolden = <T>(name: string): T => JSON.parse(readFileSync(GOLDEN + name, 'utf8')) as T;
const corpus = readGolden<string[]>('corpus.json');

describe.each([
  ['pocket', 'pocket.ids.json'],
  ['small', 'small.ids.json'],
  ['small-added', 'small-added.ids.json'],
  ['small-added-legacy', 'small-added.ids.json'],
])('%s, against transformers', (folder, file) => {
  const recorded = readGolden<Recorded>(file);

  it('gives the same ids for every prompt of the corpus', async () => {
    const tokenizer = await CLIPTokenizer.load(GOLDEN + folder);
    expect(recorded.prompts).toHaveLength(corpus.length);
    const wrong = corpus.filter((text, i) => {
      const ids = [tokenizer.bosId, ...tokenizer.tokenize(text), tokenizer.eosId];
      const padded = [...tokenizer.encode(text).ids];
      return JSON.stringify({ ids, padded }) !== JSON.stringify(recorded.prompts[i]);
    });
    expect(wrong).toEqual([]);
  });

  it('has the same special ids and sizes', async () => {
    const { bosId, eosId, padId, modelMaxLength, vocabSize } = await CLIPTokenizer.load(GOLDEN + folder);
    expect({ bosId, eosId, padId, modelMaxLength, vocabSize }).toEqual({
      bosId: recorded.bos,
      eosId: recorded.eos,
      padId: recorded.pad,
      modelMaxLength: recorded.modelMaxLength,
      vocabSize: recorded.size,
    });
  });
});

describe('the published example of transformers', () => {
  it('merges lower and newer', async () => {
    const tokenizer = await CLIPTokenizer.load(await tokenizerFolder(EXAMPLE), { maxPositions: 12 });
    const tokens = ['lo', 'w', 'er</w>', 'n', 'e', 'w', 'er</w>', '<unk>'];
    expect(tokenizer.tokenize('lower newer')).toEqual([10, 2, 16, 9, 3, 2, 16]);
    expect(tokens.map(token => tokenizer.tokenId(token))).toEqual([10, 2, 16, 9, 3, 2, 16, 20]);
  });
});

describe('encode', () => {
  let tokenizer: CLIPTokenizer;
  beforeAll(async () => {
    tokenizer = await CLIPTokenizer.load(`${GOLDEN}pocket`);
  });

  it('keeps begin and end of text when it cuts, and tells what it cut', () => {
    const { ids, truncated } = tokenizer.encode('a photo of a cat on a blue background', 6);
    expect(ids).toHaveLength(6);
    expect(ids[0]).toBe(tokenizer.bosId);
    expect(ids[5]).toBe(tokenizer.eosId);
    expect(truncated).toBe('cat on a blue background');
  });

  it('cuts nothing from a text that just fits', () => {
    expect(tokenizer.encode('a photo of a', 6).truncated).toBeNull();
  });

  it('reads a word of 10 kB without a quadratic detour', () => {
    const word = 'supercalifragilistic'.repeat(500);
    expect(tokenizer.decode(tokenizer.tokenize(word))).toBe(word);
  });

  it('decodes what the vocabulary can spell', () => {
    expect(tokenizer.decode(tokenizer.tokenize('A  photo of\tmy CAT, 2 dogs'))).toBe(
      'a photo of my cat , 2 dogs',
    );
  });

  it('replaces lone surrogates', () => {
    expect(tokenizer.tokenize('a \ud83d b')).toEqual(tokenizer.tokenize('a \ufffd b'));
  });

  it('refuses a length without room for begin and end', () => {
    expect(() => tokenizer.encode('a', 1)).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
  });

  it('gives any string exactly the asked number of valid ids', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 2, max: 40 }),
        (text, length) => {
          const { ids } = tokenizer.encode(text, length);
          expect(ids).toHaveLength(length);
          expect(ids[0]).toBe(tokenizer.bosId);
          expect(ids).toContain(tokenizer.eosId);
          expect(ids.every(id => id >= 0 && id < tokenizer.vocabSize)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('does not care how white space or letter case is written', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), words => {
        const plain = tokenizer.tokenize(words.join(' '));
        expect(tokenizer.tokenize(`\n ${words.join('\u3000\t').toUpperCase()} `)).toEqual(plain);
        expect(words.flatMap(word => tokenizer.tokenize(word))).toEqual(plain);
      }),
    );
  });
});

describe('withAddedTokens', () => {
  let base: CLIPTokenizer;
  beforeAll(async () => {
    base = await CLIPTokenizer.load(`${GOLDEN}pocket`);
  });

  it('numbers new tokens on from the vocabulary and finds them in any case, also inside words', () => {
    const tokenizer = base.withAddedTokens(['<Moji>', '<moji_1>']);
    expect(tokenizer.vocabSize).toBe(base.vocabSize + 2);
    expect(tokenizer.tokenId('<Moji>')).toBe(base.vocabSize);
    expect(tokenizer.tokenize('x<MOJI><moji_1>y')).toEqual([
      ...base.tokenize('x'),
      base.vocabSize,
      base.vocabSize + 1,
      ...base.tokenize('y'),
    ]);
    expect(base.tokenId('<Moji>')).toBeNull();
  });

  it('takes the longest token at a place', () => {
    const tokenizer = base.withAddedTokens(['<a', '<a>']);
    expect(tokenizer.tokenize('<a><a')).toEqual([base.vocabSize + 1, base.vocabSize]);
  });

  it('adds a known token no second time', () => {
    const once = base.withAddedTokens(['<moji>']);
    expect(once.withAddedTokens(['<moji>']).vocabSize).toBe(once.vocabSize);
    expect(base.withAddedTokens(['cat</w>']).vocabSize).toBe(base.vocabSize);
  });

  it('honours the flags of a token', () => {
    const [id, cat, s] = [base.vocabSize, base.tokenize('cat'), base.tokenize('s')];
    const single = base.withAddedTokens([makeAddedToken('moji', { singleWord: true })]);
    expect(single.tokenize('moji cat')).toEqual([id, ...cat]);
    expect(single.tokenize('mojis')).toEqual(base.tokenize('mojis'));
    const exact = base.withAddedTokens([makeAddedToken('<M>', { normalized: false })]);
    expect(exact.tokenize('<M>s')).toEqual([id, ...s]);
    expect(exact.tokenize('<m>')).toEqual(base.tokenize('<m>'));
    const greedy = base.withAddedTokens([
      makeAddedToken('<l>', { leftStrip: true }),
      makeAddedToken('\u00a0', { normalized: false }),
    ]);
    // Stripping reaches back to what an earlier token took, no further.
    expect(greedy.tokenize('cat\u00a0  <l>')).toEqual([...cat, id + 1, id]);
  });

  it('refuses two tokens that differ in case only', () => {
    expect(() => base.withAddedTokens(['<A>', '<a>'])).toThrow(/cannot be told apart; got "<A>" and "<a>"/);
  });
});

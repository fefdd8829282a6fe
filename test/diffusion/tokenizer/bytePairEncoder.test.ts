import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytePairEncoder } from '../../../src/diffusion/tokenizer/bytePairEncoder.ts';
import { BYTE_SYMBOLS, bytesOfSymbols } from '../../../src/diffusion/tokenizer/byteSymbols.ts';
import { MergeQueue } from '../../../src/diffusion/tokenizer/mergeQueue.ts';

const END = '</w>';

function makeModel(merges: [string, string][]): {
  vocabulary: Map<string, number>;
  merges: [string, string][];
} {
  const tokens = [
    ...BYTE_SYMBOLS,
    ...BYTE_SYMBOLS.map(symbol => symbol + END),
    ...merges.map(pair => pair.join('')),
  ];
  return { vocabulary: new Map([...new Set(tokens)].map((token, id) => [token, id])), merges };
}

/** The definition: merge every occurrence of the best pair, until there is none. */
function mergeByDefinition(word: string, merges: [string, string][]): string[] {
  const tokens = [...Buffer.from(word, 'utf8')].map(byte => BYTE_SYMBOLS[byte] ?? '');
  tokens.push(tokens.pop() + END);
  for (;;) {
    const present = merges.find(([a, b]) => tokens.some((token, i) => token === a && tokens[i + 1] === b));
    if (present === undefined) return tokens;
    const at = tokens.findIndex((token, i) => token === present[0] && tokens[i + 1] === present[1]);
    tokens.splice(at, 2, present.join(''));
  }
}

describe('BytePairEncoder', () => {
  it('merges as the definition says', () => {
    const merges: [string, string][] = [
      ['a', 'b'],
      ['b', 'c'],
      ['ab', 'ab'],
      ['c', `a${END}`],
      ['ab', 'c'],
      ['a', 'a'],
      ['aa', `b${END}`],
      ['abab', `c${END}`],
    ];
    const model = makeModel(merges);
    const encoder = new BytePairEncoder({ ...model, endOfWordSuffix: END, unknownId: null });
    const texts = [...model.vocabulary.keys()];
    fc.assert(
      fc.property(fc.stringMatching(/^[abcé]{1,14}$/), word => {
        expect(encoder.encode(word).map(id => texts[id])).toEqual(mergeByDefinition(word, merges));
      }),
      { numRuns: 2000 },
    );
  });

  it('stands one unknown token for every byte that is missing', () => {
    const vocabulary = new Map([
      ['a', 0],
      [`a${END}`, 1],
      ['?', 2],
    ]);
    const encoder = new BytePairEncoder({ vocabulary, merges: [], endOfWordSuffix: END, unknownId: 2 });
    expect(encoder.encode('aéa')).toEqual([0, 2, 2, 1]);
  });

  it('gives the same answer from its cache', () => {
    const encoder = new BytePairEncoder({
      ...makeModel([['a', `b${END}`]]),
      endOfWordSuffix: END,
      unknownId: null,
    });
    expect(encoder.encode('ab')).toEqual([512]);
    expect(encoder.encode('ab')).toEqual([512]);
  });
});

describe('byte symbols', () => {
  it('are 256 different printable characters', () => {
    expect(new Set(BYTE_SYMBOLS).size).toBe(256);
    expect(BYTE_SYMBOLS.every(symbol => /^[^\s\p{Cc}\p{Cf}]$/u.test(symbol))).toBe(true);
    expect([0x21, 0x20, 0x00, 0xad].map(byte => BYTE_SYMBOLS[byte])).toEqual(['!', 'Ġ', 'Ā', 'Ń']);
  });

  it('lead back to the bytes', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    expect(bytesOfSymbols(BYTE_SYMBOLS.join(''))).toEqual(bytes);
  });
});

describe('MergeQueue', () => {
  it('gives entries by rank, then from left to right', () => {
    const entry = fc.record({ rank: fc.nat(5), position: fc.nat(50), newId: fc.constant(0) });
    fc.assert(
      fc.property(fc.array(entry), entries => {
        const queue = new MergeQueue();
        for (const each of entries) queue.push(each);
        const popped = entries.map(() => queue.pop());
        const sorted = entries.toSorted((a, b) => a.rank - b.rank || a.position - b.position);
        expect(popped).toEqual(sorted);
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });
});

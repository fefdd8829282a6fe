import { describe, expect, it } from 'vitest';
import { CLIPTokenizer, type LoadTokenizerOptions } from '../../../src/diffusion/tokenizer/clipTokenizer.ts';
import { EXAMPLE, EXAMPLE_VOCABULARY, type TokenizerFiles, tokenizerFolder } from './tokenizerFolder.ts';

const VOCABULARY = EXAMPLE['vocab.json'] as Record<string, number>;
const SIZE = EXAMPLE_VOCABULARY.length;
const [START, END] = [SIZE - 2, SIZE - 1];

async function load(
  changes: TokenizerFiles,
  options: LoadTokenizerOptions = { maxPositions: 12 },
): Promise<CLIPTokenizer> {
  const files = Object.entries({ ...EXAMPLE, ...changes }).filter(([, content]) => content !== undefined);
  return CLIPTokenizer.load(await tokenizerFolder(Object.fromEntries(files)), options);
}

const wholeJson = (changes: Record<string, unknown> = {}): TokenizerFiles => ({
  'vocab.json': undefined,
  'merges.txt': undefined,
  'tokenizer.json': {
    added_tokens: [],
    model: { type: 'BPE', vocab: VOCABULARY, merges: ['l o', ['lo', 'w</w>'], 'e r</w>'], ...changes },
  },
});

describe('files of a tokenizer', () => {
  it('reads tokenizer.json alone, merges as strings or pairs', async () => {
    expect((await load(wholeJson())).tokenize('lower low')).toEqual([10, 2, 16, 15]);
  });

  it('prefers tokenizer.json over vocab.json', async () => {
    expect((await load({ ...wholeJson(), 'vocab.json': {}, 'merges.txt': 'x' })).vocabSize).toBe(SIZE);
  });

  it('takes a limit of 1e30 for none, and the length from the text encoder then', async () => {
    const config = { 'tokenizer_config.json': { model_max_length: 1e30 } };
    expect((await load(config)).modelMaxLength).toBe(12);
    expect((await load({ 'tokenizer_config.json': { model_max_length: 7 } })).modelMaxLength).toBe(7);
  });

  it('pads and cuts on the left where the config says so', async () => {
    const config = { padding_side: 'left', truncation_side: 'left', pad_token: 'wider', model_max_length: 5 };
    const tokenizer = await load({ 'tokenizer_config.json': config });
    expect([...tokenizer.encode('low').ids]).toEqual([19, 19, START, 15, END]);
    expect([...tokenizer.encode('lower newer').ids]).toEqual([START, 3, 2, 16, END]);
    expect(tokenizer.encode('lower newer').truncated).toBe('lower n');
  });

  it('finds special tokens that the config declares with their flags', async () => {
    const declared = { content: '<Big One>', lstrip: true, rstrip: true, normalized: true, special: false };
    const tokenizer = await load({
      'tokenizer_config.json': { added_tokens_decoder: { [SIZE]: declared } },
      'added_tokens.json': { ignored: 99 },
    });
    expect(tokenizer.tokenize('low  <BIG\tone>  low')).toEqual([15, SIZE, 15]);
  });

  it('numbers the tokens of added_tokens.json and additional_special_tokens', async () => {
    const tokenizer = await load({
      'added_tokens.json': { '<two>': SIZE + 1, '<one>': SIZE },
      'tokenizer_config.json': { additional_special_tokens: ['<three>'] },
    });
    expect(tokenizer.tokenize('<one><TWO><three><THREE>').slice(0, 3)).toEqual([SIZE, SIZE + 1, SIZE + 2]);
    expect(tokenizer.vocabSize).toBe(SIZE + 3);
  });

  it('lets the last of two entries for the same token win, as transformers does', async () => {
    const loose = {
      content: '<|endoftext|>',
      lstrip: false,
      normalized: true,
      rstrip: false,
      single_word: false,
    };
    const map = { unk_token: '<unk>', bos_token: { ...loose, content: '<|startoftext|>' }, eos_token: loose };
    const tokenizer = await load({ 'special_tokens_map.json': { ...map, pad_token: '<|endoftext|>' } });
    expect(tokenizer.tokenize('<|STARTOFTEXT|>')).toEqual([START]);
    expect(tokenizer.tokenize('<|endoftext|>')).toEqual([END]);
    expect(tokenizer.tokenize('<|ENDOFTEXT|>')).not.toContain(END);
  });
});

describe('damaged files of a tokenizer', () => {
  const cases: [string, TokenizerFiles, RegExp][] = [
    [
      'no vocabulary',
      { 'vocab.json': undefined },
      /vocab\.json: file not found; expected tokenizer\.json, or/,
    ],
    ['no merges', { 'merges.txt': undefined }, /merges\.txt: file not found/],
    [
      'vocabulary is a list',
      { 'vocab.json': ['a'] },
      /vocab\.json: the vocabulary is not an object.*got a list/,
    ],
    ['vocabulary is empty', { 'vocab.json': {} }, /vocab\.json: the vocabulary is empty/],
    ['no JSON', { 'vocab.json': '{"a": 1' }, /vocab\.json: not valid JSON/],
    [
      'an id twice',
      { 'vocab.json': { ...VOCABULARY, o: 0 } },
      /vocab\.json: two tokens share an id; got 0 for "l" and "o"/,
    ],
    [
      'a gap',
      { 'vocab.json': { ...VOCABULARY, x: SIZE + 1 } },
      /the id of "x" is out of range; expected 0 to 23/,
    ],
    ['an id that is no number', { 'vocab.json': { ...VOCABULARY, l: '0' } }, /the id of "l" is out of range/],
    [
      'three tokens in a merge',
      { 'merges.txt': 'l o\nl o w\n' },
      /merges\.txt:2: malformed merge.*got "l o w"/,
    ],
    ['a blank line within', { 'merges.txt': 'l o\n\ne r</w>' }, /merges\.txt:2: malformed merge/],
    [
      'a merge into nothing',
      { 'merges.txt': 'l o\no w\n' },
      /merges\.txt: merge 2 \("o w"\).*lacks; got "ow"/,
    ],
    ['a merge of nothing', { 'merges.txt': 'q l' }, /merge 1 \("q l"\).*got "q"/],
    ['another model', wholeJson({ type: 'Unigram' }), /tokenizer\.json: is not a byte-pair tokenizer/],
    [
      'another suffix',
      wholeJson({ end_of_word_suffix: '' }),
      /is not a CLIP tokenizer; expected end_of_word_suffix/,
    ],
    ['a bad pair', wholeJson({ merges: [['l']] }), /tokenizer\.json: model\.merges\[0\]: malformed merge/],
    [
      'an unknown begin of text',
      { 'tokenizer_config.json': { bos_token: '<s>' } },
      /special token "<s>" is not in the vocabulary/,
    ],
    [
      'no unknown token',
      { 'special_tokens_map.json': { unk_token: '<?>' } },
      /unk_token "<\?>" is not in the voc/,
    ],
    [
      'no pad token',
      { 'tokenizer_config.json': { pad_token: null } },
      /pad_token has a wrong value; expected a token/,
    ],
    [
      'a wrong length',
      { 'tokenizer_config.json': { model_max_length: 1 } },
      /model_max_length has a wrong value/,
    ],
    [
      'too long',
      { 'tokenizer_config.json': { model_max_length: 77 } },
      /does not fit the text encoder.*at most 12/,
    ],
    ['a wrong side', { 'tokenizer_config.json': { padding_side: 'up' } }, /padding_side has a wrong value/],
    [
      'a wrong added id',
      { 'added_tokens.json': { '<x>': 99 } },
      /added token "<x>" has the wrong id; expected 23, got 99/,
    ],
    [
      'a wrong flag',
      { 'tokenizer_config.json': { added_tokens_decoder: { 23: { content: 'x', lstrip: 1 } } } },
      /added_tokens_decoder\["23"\]\.lstrip has a wrong value; expected true or false, got 1/,
    ],
    ['a list as config', { 'tokenizer_config.json': [] }, /tokenizer_config\.json: is not a JSON object/],
  ];

  it.each(cases)('%s', async (_, changes, message) => {
    await expect(load(changes)).rejects.toThrow(expect.objectContaining({ code: 'E_TOKENIZER' }));
    await expect(load(changes)).rejects.toThrow(message);
  });

  it('asks for a length that nobody names', async () => {
    await expect(load({}, {})).rejects.toThrow(/model_max_length is missing/);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../support/tmp.ts';

/** Contents by file name: text as it is, anything else as JSON. */
export type TokenizerFiles = Record<string, unknown>;

/** The vocabulary of transformers' own tests of its CLIP tokenizer. */
export const EXAMPLE_VOCABULARY = (
  'l o w e r s t i d n lo l</w> w</w> r</w> t</w> low</w> er</w> lowest</w> newer</w> wider <unk> ' +
  '<|startoftext|> <|endoftext|>'
).split(' ');

export const EXAMPLE: TokenizerFiles = {
  'vocab.json': Object.fromEntries(EXAMPLE_VOCABULARY.map((token, id) => [token, id])),
  'merges.txt': '#version: 0.2\nl o\nlo w</w>\ne r</w>\n',
  'special_tokens_map.json': { unk_token: '<unk>' },
};

/** A tokenizer folder for one test. */
export async function tokenizerFolder(files: TokenizerFiles): Promise<string> {
  const dir = tempDir();
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return dir;
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../../core/files.ts';
import { copyTextFiles } from '../copyTextFiles.ts';
import type { AddedToken } from './addedToken.ts';
import type { CLIPTokenizer } from './clipTokenizer.ts';
import { isRecord } from './jsonRecord.ts';

/**
 * Writes a tokenizer folder: the files it was read from, as they are, with the tokens that were added in memory where
 * each release of transformers looks for them: `added_tokens_decoder` of tokenizer_config.json (from 4.34 on),
 * added_tokens.json (before), and tokenizer.json where the folder has one.
 *
 * @throws E_MISSING when the folder it came from is gone; E_WRITE
 */
export async function saveTokenizer(dir: string, tokenizer: CLIPTokenizer): Promise<void> {
  await copyTextFiles(tokenizer.dir, dir);
  if (tokenizer.addedInMemory.size === 0) return;
  const all = [...tokenizer.addedTokens].map(([id, token]) => [`${id}`, tokenJson(token)] as const);
  await changeJson(dir, 'tokenizer_config.json', { always: true }, config => ({
    ...config,
    added_tokens_decoder: Object.fromEntries(all),
  }));
  await changeJson(dir, 'added_tokens.json', { always: true }, tokens => ({
    ...tokens,
    ...Object.fromEntries([...tokenizer.addedInMemory].map(([id, { content }]) => [content, id])),
  }));
  await changeJson(dir, 'tokenizer.json', { always: false }, json => ({
    ...json,
    added_tokens: [
      ...(Array.isArray(json.added_tokens) ? json.added_tokens : []),
      ...[...tokenizer.addedInMemory].map(([id, token]) => ({ id, ...tokenJson(token) })),
    ],
  }));
}

const tokenJson = (token: AddedToken) => ({
  content: token.content,
  lstrip: token.leftStrip,
  normalized: token.normalized,
  rstrip: token.rightStrip,
  single_word: token.singleWord,
  special: token.special,
});

async function changeJson(
  dir: string,
  name: string,
  { always }: { always: boolean },
  change: (json: Record<string, unknown>) => object,
): Promise<void> {
  const path = join(dir, name);
  const there = (await readdir(dir)).includes(name);
  if (!there && !always) return;
  const json = there ? await readJson(path, 'E_TOKENIZER') : {};
  await writeJson(path, change(isRecord(json) ? json : {}));
}

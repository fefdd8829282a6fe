import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import {
  EMBEDDINGS_FILE,
  expandPlaceholders,
  readEmbeddings,
  withEmbeddings,
  writeEmbeddings,
} from '../../src/diffusion/learnedEmbeddings.ts';
import {
  loadPipeline,
  type StableDiffusionPipeline,
  savePipeline,
} from '../../src/diffusion/pipeline/index.ts';
import { tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';

let base: StableDiffusionPipeline;
beforeAll(async () => {
  await initBackend({ name: 'cpu' });
  base = await loadPipeline(tinyPipelineDir('plain'));
});
afterAll(() => base.dispose());

const vectors = Float32Array.from({ length: 32 }, (_, i) => i / 32);
const MOJI = { token: '<moji>', vectors, count: 2, width: 16 };

describe('learned embeddings', () => {
  it('are read as they were written', async () => {
    const path = join(tempDir(), EMBEDDINGS_FILE);
    await writeEmbeddings(path, MOJI);
    expect(readEmbeddings(path)).toEqual(MOJI);
  });

  it('are refused in a format that can run code, and in files of something else', () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'learned_embeds.bin'), 'x');
    expect(() => readEmbeddings(join(dir, 'learned_embeds.bin'))).toThrow(/format that can run code/);
    const unet = join(tinyPipelineDir('plain'), 'unet/diffusion_pytorch_model.safetensors');
    expect(() => readEmbeddings(unet)).toThrow(/is not a placeholder's embeddings/);
  });

  it('become rows of the text encoder and tokens of the tokenizer, also in a saved folder', async () => {
    const worded = withEmbeddings(base, MOJI);
    const dir = join(tempDir(), 'model');
    await savePipeline(dir, worded);
    const again = await loadPipeline(dir);
    for (const { tokenizer, textEncoder } of [worded, again]) {
      expect(tokenizer.tokenize('a <moji> <moji>_1')).toEqual([...base.tokenizer.tokenize('a'), 604, 605]);
      expect(textEncoder.config.vocabSize).toBe(606);
      expect(textEncoder.tokenEmbeddings.get().subarray(604 * 16)).toEqual(vectors);
    }
    expect(() => withEmbeddings(again, MOJI)).toThrow(/is a token already/);
    expect(() => withEmbeddings(base, { ...MOJI, width: 8, count: 4 })).toThrow(/another text encoder/);
    again.dispose();
    worded.textEncoder.tokenEmbeddings.dispose();
  });

  it('of several vectors stand in a prompt with all their tokens', () => {
    const tokenizer = base.tokenizer.withAddedTokens(['<moji>', '<moji>_1', '<moji>_2', '<one>']);
    expect(expandPlaceholders('a <moji> cat, <one>', tokenizer)).toBe(
      'a <moji> <moji>_1 <moji>_2 cat, <one>',
    );
    expect(expandPlaceholders('a cat', tokenizer)).toBe('a cat');
  });
});

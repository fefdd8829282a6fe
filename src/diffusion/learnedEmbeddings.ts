import { SweetspotError } from '../core/errors.ts';
import { resizeTokenEmbeddings } from './models/index.ts';
import type { StableDiffusionPipeline } from './pipeline/index.ts';
import { SafetensorsFile, writeSafetensors } from './safetensors/index.ts';
import type { CLIPTokenizer } from './tokenizer/clipTokenizer.ts';

/** Name of the file that textual inversion leaves, in diffusers' example and here. */
export const EMBEDDINGS_FILE = 'learned_embeds.safetensors';

/** New words of a text encoder: one token, or `token`, `token_1`, ... that stand for one thing together. */
export interface LearnedEmbeddings {
  token: string;
  /** [count, width], count at least 1. */
  vectors: Float32Array;
  count: number;
  width: number;
}

/** The tokens that `count` vectors of a placeholder need, as diffusers names them. */
export const placeholderTokens = (token: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => (i === 0 ? token : `${token}_${i}`));

/** Writes the file that diffusers' `load_textual_inversion` reads. */
export async function writeEmbeddings(path: string, embeddings: LearnedEmbeddings): Promise<void> {
  const { token, vectors, count, width } = embeddings;
  const tensor = { name: token, shape: [count, width], dtype: 'F32' as const, data: vectors };
  await writeSafetensors(path, [tensor], { format: 'pt' });
}

/**
 * Reads a file of one placeholder's embeddings, of one vector ([width]) or several ([count, width]).
 *
 * @throws E_SAFETENSORS for another kind of file; E_NOT_FINITE
 */
export function readEmbeddings(path: string): LearnedEmbeddings {
  if (!path.endsWith('.safetensors')) {
    throw new SweetspotError('E_SAFETENSORS', 'embeddings are in a format that can run code', {
      place: path,
      allowed: 'a .safetensors file',
      hint: 'Convert it: torch.load it where you trust it, and save the dictionary with safetensors.torch.save_file',
    });
  }
  const file = SafetensorsFile.open(path);
  try {
    const [entry, ...others] = [...file.entries];
    const [token = '', { shape = [] } = {}] = entry ?? [];
    if (!entry || others.length > 0 || token === '' || shape.length < 1 || shape.length > 2) {
      throw new SweetspotError('E_SAFETENSORS', "is not a placeholder's embeddings", {
        place: path,
        allowed: 'one tensor [width] or [count, width], named as the placeholder',
        got:
          [...file.entries].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`).join(', ') || 'none',
      });
    }
    const width = shape.at(-1) ?? 0;
    const vectors = file.read(token);
    if (!vectors.every(Number.isFinite)) {
      throw new SweetspotError('E_NOT_FINITE', 'an embedding is not a finite number', { place: path });
    }
    return { token, vectors, count: width === 0 ? 0 : vectors.length / width, width };
  } finally {
    file.close();
  }
}

/** @throws E_OPTION unless every one of the tokens is new to the tokenizer */
export function addPlaceholder(tokenizer: CLIPTokenizer, token: string, count: number): CLIPTokenizer {
  const added = tokenizer.withAddedTokens(placeholderTokens(token, count));
  if (token !== '' && added.vocabSize === tokenizer.vocabSize + count) return added;
  throw new SweetspotError('E_OPTION', 'the placeholder is a token already', {
    place: 'placeholder_token',
    allowed: 'a word that the tokenizer does not have, such as <moji>',
    got: JSON.stringify(token),
  });
}

/**
 * The pipeline with one more word. Weights are shared with the given one, but for the table of token embeddings;
 * disposing the result frees both.
 *
 * @throws E_MODEL when the embeddings are of another width; E_OPTION when the word is not new
 */
export function withEmbeddings(
  pipeline: StableDiffusionPipeline,
  { token, vectors, count, width }: LearnedEmbeddings,
): StableDiffusionPipeline {
  const { hiddenSize } = pipeline.textEncoder.config;
  if (width !== hiddenSize || count === 0) {
    throw new SweetspotError('E_MODEL', 'the embeddings are of another text encoder', {
      place: token,
      allowed: `${hiddenSize} numbers a vector`,
      got: `${width}`,
    });
  }
  const tokenizer = addPlaceholder(pipeline.tokenizer, token, count);
  const textEncoder = resizeTokenEmbeddings(pipeline.textEncoder, tokenizer.vocabSize);
  const { tokenEmbeddings } = textEncoder;
  const table = tokenEmbeddings.get();
  table.set(vectors, (tokenizer.tokenId(token) ?? 0) * width);
  tokenEmbeddings.set(table);
  return {
    ...pipeline,
    tokenizer,
    textEncoder,
    dispose(): void {
      textEncoder.forgetGraphs();
      tokenEmbeddings.dispose();
      pipeline.dispose();
    },
  };
}

/**
 * A prompt with the tokens of all vectors in place of each placeholder of several, as diffusers' pipelines write it
 * (`maybe_convert_prompt`): `<moji>` becomes `<moji> <moji>_1` where the tokenizer has both. Unlike there also for a
 * word with capital letters, which the tokenizer gives back in lower case.
 */
export function expandPlaceholders(prompt: string, tokenizer: CLIPTokenizer): string {
  const added = new Set([...tokenizer.addedTokens.values()].map(({ content }) => content));
  let expanded = prompt;
  for (const id of new Set(tokenizer.tokenize(prompt))) {
    const token = tokenizer.addedTokens.get(id)?.content;
    if (token === undefined || !added.has(`${token}_1`)) continue;
    let count = 2;
    while (added.has(`${token}_${count}`)) count++;
    expanded = expanded.replaceAll(token, placeholderTokens(token, count).join(' '));
  }
  return expanded;
}

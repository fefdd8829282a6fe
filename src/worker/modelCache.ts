import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDINGS_FILE, readEmbeddings, withEmbeddings } from '../diffusion/learnedEmbeddings.ts';
import { loadPipeline, loadWeights, type StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import { PromptStates } from '../diffusion/promptStates.ts';

/**
 * Keeps the base model in memory between jobs. A snapshot's weights go over the base's in place, and the embeddings of a
 * new word beside them; asking for the base again, or for another snapshot, puts the right ones back.
 */
export class ModelCache {
  #dir: string | undefined;
  #pipeline: StableDiffusionPipeline | undefined;
  /** The base with a new word: it shares all weights with it but the table of token embeddings. */
  #worded: StableDiffusionPipeline | undefined;
  /** Which weights each part holds now; undefined where a training has changed them. */
  #unet: string | undefined;
  #textEncoder: string | undefined;
  /** What the text encoder, as it is now, says of prompts. */
  readonly promptStates = new PromptStates();

  /**
   * The pipeline of `modelDir`, with what the snapshot has in place of the model's parts or besides them.
   * @param embeddingsFile a new word that comes from somewhere else
   */
  async get(
    modelDir: string,
    snapshotDir: string | null = null,
    embeddingsFile: string | null = null,
  ): Promise<StableDiffusionPipeline> {
    const base = await this.#base(modelDir);
    const unet = partOf(snapshotDir, 'unet') ?? join(modelDir, 'unet');
    if (this.#unet !== unet) {
      this.#unet = undefined;
      await loadWeights(base.unet, unet);
      this.#unet = unet;
    }
    const embeddings = embeddingsFile ?? partOf(snapshotDir, EMBEDDINGS_FILE);
    const own = partOf(snapshotDir, 'text_encoder');
    const textEncoder = [own ?? join(modelDir, 'text_encoder'), embeddings].join('\n');
    if (this.#textEncoder !== textEncoder) {
      this.#textEncoder = undefined;
      this.promptStates.clear();
      this.#forgetWord();
      await this.#wearTextEncoder(base, join(modelDir, 'text_encoder'), own, embeddings);
      this.#textEncoder = textEncoder;
    }
    return this.#worded ?? base;
  }

  /** Says that a training is about to change the weights in memory: what they hold then is no folder's. */
  invalidate(): void {
    this.promptStates.clear();
    this.#unet = undefined;
    this.#textEncoder = undefined;
  }

  async #wearTextEncoder(
    base: StableDiffusionPipeline,
    modelOwn: string,
    own: string | undefined,
    embeddings: string | undefined,
  ): Promise<void> {
    if (embeddings === undefined) return void (await loadWeights(base.textEncoder, own ?? modelOwn));
    // A snapshot's own text encoder has the word in its table, but only the embeddings say which word.
    await loadWeights(base.textEncoder, modelOwn);
    this.#worded = withEmbeddings(base, readEmbeddings(embeddings));
    if (own !== undefined) await loadWeights(this.#worded.textEncoder, own);
  }

  #forgetWord(): void {
    // Its other weights are the base's.
    this.#worded?.textEncoder.forgetGraphs();
    this.#worded?.textEncoder.tokenEmbeddings.dispose();
    this.#worded = undefined;
  }

  async #base(modelDir: string): Promise<StableDiffusionPipeline> {
    if (this.#pipeline && this.#dir === modelDir) return this.#pipeline;
    this.#forgetWord();
    this.#pipeline?.dispose();
    this.#pipeline = undefined;
    this.invalidate();
    const pipeline = await loadPipeline(modelDir);
    this.#pipeline = pipeline;
    this.#dir = modelDir;
    this.#unet = join(modelDir, 'unet');
    this.#textEncoder = [join(modelDir, 'text_encoder'), undefined].join('\n');
    return pipeline;
  }
}

function partOf(snapshotDir: string | null, name: string): string | undefined {
  if (snapshotDir === null) return undefined;
  const path = join(snapshotDir, name);
  return existsSync(path) ? path : undefined;
}

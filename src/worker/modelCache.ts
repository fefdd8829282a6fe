import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadPipeline, loadWeights, type StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import { PromptStates } from '../diffusion/promptStates.ts';

type Part = 'unet' | 'text_encoder';

/**
 * Keeps the base model in memory between jobs. A snapshot's weights go over the base's in place; asking for the base
 * again, or for another snapshot, puts the right ones back.
 */
export class ModelCache {
  #dir: string | undefined;
  #pipeline: StableDiffusionPipeline | undefined;
  /** The folder whose weights each part holds now; absent where a training has changed them. */
  readonly #wearing = new Map<Part, string>();
  /** What the text encoder, as it is now, says of prompts. */
  readonly promptStates = new PromptStates();

  /** The pipeline of `modelDir`, with the weights of `snapshotDir` for the parts that the snapshot has. */
  async get(modelDir: string, snapshotDir: string | null = null): Promise<StableDiffusionPipeline> {
    const pipeline = await this.#base(modelDir);
    for (const part of ['unet', 'text_encoder'] as const) {
      const own = snapshotDir === null ? undefined : join(snapshotDir, part);
      const wanted = own !== undefined && existsSync(own) ? own : join(modelDir, part);
      if (this.#wearing.get(part) === wanted) continue;
      this.#wearing.delete(part);
      if (part === 'text_encoder') this.promptStates.clear();
      await loadWeights(part === 'unet' ? pipeline.unet : pipeline.textEncoder, wanted);
      this.#wearing.set(part, wanted);
    }
    return pipeline;
  }

  /** Says that a training is about to change the weights in memory: what they hold then is no folder's. */
  invalidate(): void {
    this.#wearing.clear();
    this.promptStates.clear();
  }

  async #base(modelDir: string): Promise<StableDiffusionPipeline> {
    if (this.#pipeline && this.#dir === modelDir) return this.#pipeline;
    this.promptStates.clear();
    this.#pipeline?.dispose();
    this.#pipeline = undefined;
    this.#wearing.clear();
    const pipeline = await loadPipeline(modelDir);
    this.#pipeline = pipeline;
    this.#dir = modelDir;
    this.#wearing.set('unet', join(modelDir, 'unet')).set('text_encoder', join(modelDir, 'text_encoder'));
    return pipeline;
  }
}

import * as tf from '@tensorflow/tfjs-core';
import { valueAndGrads } from '../../compute/gradients.ts';
import { AdamW } from '../../compute/optimizer/adamw.ts';
import { clipScale, globalGradNorm } from '../../compute/optimizer/gradNorm.ts';
import { writeJson } from '../../core/files.ts';
import { TorchGenerator } from '../../core/random/torchGenerator.ts';
import type { CLIPTextConfig } from '../../diffusion/config/clipTextConfig.ts';
import { CLIPModel, initializeClip } from '../../diffusion/models/index.ts';
import type { Parameter } from '../../diffusion/nn/parameter.ts';
import { loadWeights, writeClip } from '../../diffusion/pipeline/index.ts';
import type { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';
import type { StepMetrics } from '../dreambooth.ts';
import { OPTIMIZER_FILE as MOMENTS_FILE, readMoments, writeMoments } from '../optimizerFile.ts';
import type { Thing } from './art.ts';
import { drawBackground } from './backgrounds.ts';
import { CLIP_BETAS, CLIP_TRAINING, clipConfig, patchPositions, textConfig } from './clipRecipe.ts';
import { batchDice, pixelsOf } from './composedBatch.ts';
import { contrastiveLoss } from './contrastive.ts';
import { levelRate } from './levelRate.ts';
import { type Pretraining, readState, STATE_FILE } from './pretraining.ts';
import { retrieval } from './retrieval.ts';
import { drawScene, type Scene, unseenScenes } from './scene.ts';
import { checkFinite } from './trainUntil.ts';

export interface ClipPretrainingSetup {
  things: readonly Thing[];
  tokenizer: CLIPTokenizer;
  seed: number;
  /** Updates in all. */
  steps: number;
  /** Pictures in a batch; default: the recipe's. */
  batchSize?: number;
  /** A trained text encoder, in its own folder, to learn to see for; null: texts are learned, too. */
  textEncoder: { dir: string; config: CLIPTextConfig } | null;
}

const VALIDATION_COUNT = 512;

/**
 * Trains the pocket model's CLIP from nothing. Batch i depends on the seed and i alone, so that a run that was stopped
 * goes on with the same ones. The few backgrounds of a batch are shared, and so it is the things that tell texts apart.
 */
export class ClipPretraining implements Pretraining {
  readonly model: CLIPModel;
  readonly #setup: ClipPretrainingSetup;
  readonly #optimizer: AdamW;
  readonly #trained: readonly Parameter[];
  readonly #variables: tf.Variable[];
  #step = 0;

  /** Fresh weights, or, for the texts, those of a folder. */
  static async create(setup: ClipPretrainingSetup): Promise<ClipPretraining> {
    const training = new ClipPretraining(setup);
    if (setup.textEncoder !== null) await loadWeights(training.model.text, setup.textEncoder.dir);
    return training;
  }

  private constructor(setup: ClipPretrainingSetup) {
    const { tokenizer, textEncoder, seed } = setup;
    this.#setup = setup;
    this.model = new CLIPModel(clipConfig(textEncoder?.config ?? textConfig(tokenizer), tokenizer.eosId));
    const { parameters, text, vision } = this.model;
    initializeClip(this.model, new TorchGenerator(seed));
    const { imageSize, patchSize, hiddenSize } = vision.config;
    const positions = parameters.find(({ name }) => name.startsWith('vision_model.embeddings.position'));
    positions?.set(patchPositions(imageSize / patchSize, hiddenSize));
    // Weights that are given stay as they are: pictures learn to speak their language (Zhai et al. 2022, LiT).
    this.#trained = textEncoder === null ? parameters : parameters.filter(p => !text.parameters.includes(p));
    this.#variables = this.#trained.map(({ value }) => value);
    this.#optimizer = new AdamW(this.#variables, { ...CLIP_BETAS, weightDecay: CLIP_TRAINING.weightDecay });
  }

  get step(): number {
    return this.#step;
  }

  async update(): Promise<StepMetrics> {
    const lr = levelRate(this.#step, this.#setup.steps, CLIP_TRAINING);
    const loss = this.#train(lr);
    this.#step += 1;
    return { step: this.#step, loss, lr };
  }

  validate(): string {
    const { imageToText, textToImage } = this.recall();
    return `of ${VALIDATION_COUNT} unseen pictures ${imageToText.toFixed(3)} find their caption, of captions ${textToImage.toFixed(3)} their picture`;
  }

  /** Share of unseen composed pictures whose own caption is the nearest of all, and of captions whose picture is. */
  recall(): { imageToText: number; textToImage: number } {
    const { things } = this.#setup;
    const scenes = unseenScenes(things, this.model.config.vision.imageSize, VALIDATION_COUNT);
    const images: number[][] = [];
    const texts: number[][] = [];
    for (let i = 0; i < scenes.length; i += 64) {
      const part = scenes.slice(i, i + 64);
      tf.tidy(() => {
        images.push(...this.model.embedImages(pixelsOf(part)).arraySync());
        texts.push(...this.model.embedTexts(this.#idsOf(part)).arraySync());
      });
    }
    return retrieval(
      images,
      texts,
      scenes.map(({ caption }) => caption),
    );
  }

  /** Writes everything that training goes on from into a folder. */
  async write(dir: string): Promise<void> {
    const { seed, tokenizer } = this.#setup;
    await writeClip(dir, this.model, tokenizer);
    await writeMoments(`${dir}/${MOMENTS_FILE}`, this.#optimizer.state(), this.#names);
    await writeJson(`${dir}/${STATE_FILE}`, { step: this.#step, seed });
  }

  /** @throws E_CHECKPOINT when it is one of another seed or model */
  async restore(dir: string): Promise<void> {
    const { step } = await readState(`${dir}/${STATE_FILE}`, this.#setup.seed);
    await loadWeights(this.model, dir);
    this.#optimizer.restore(readMoments(`${dir}/${MOMENTS_FILE}`, this.#names));
    this.#step = step;
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.model.dispose();
  }

  get #names(): string[] {
    return this.#trained.map(({ name }) => name);
  }

  #train(lr: number): number {
    const { seed } = this.#setup;
    const scenes = this.#batch(this.#step, seed);
    const pixels = pixelsOf(scenes);
    const ids = this.#idsOf(scenes);
    let loss = Number.NaN;
    const { value, grads } = valueAndGrads(() => {
      const cosines = tf.matMul(this.model.embedImages(pixels), this.model.embedTexts(ids), false, true);
      const logits = tf.mul(cosines, tf.exp(this.model.logitScale.value));
      const outcome = contrastiveLoss(
        logits.dataSync() as Float32Array,
        scenes.map(({ caption }) => caption),
      );
      loss = outcome.loss;
      // A function with the loss's own gradient: the softmax over so few values is done by hand.
      return tf.sum(tf.mul(logits, tf.tensor(outcome.gradient, logits.shape)));
    }, this.#variables);
    tf.dispose([value, pixels]);
    try {
      const norm = globalGradNorm(grads);
      checkFinite(loss, norm, this.#step + 1);
      this.#optimizer.step(grads, lr, clipScale(norm, CLIP_TRAINING.maxGradNorm));
    } finally {
      tf.dispose(grads);
    }
    return loss;
  }

  #batch(step: number, seed: number): Scene[] {
    const { batchSize = CLIP_TRAINING.batchSize } = this.#setup;
    const { imageSize: size } = this.model.config.vision;
    const dice = batchDice(step, seed);
    const backgrounds = Array.from({ length: CLIP_TRAINING.backgroundsPerBatch }, () =>
      drawBackground(dice, size),
    );
    return Array.from({ length: batchSize }, () =>
      drawScene(dice, this.#setup.things, { size, background: dice.pick(backgrounds) }),
    );
  }

  /** Cut to the longest of the batch: padding behind the end is seen by nothing. */
  #idsOf(scenes: readonly Scene[]): Int32Array[] {
    const { tokenizer } = this.#setup;
    const ids = scenes.map(({ caption }) => tokenizer.encode(caption).ids);
    const length = Math.max(...ids.map(row => row.indexOf(tokenizer.eosId))) + 1;
    return ids.map(row => row.subarray(0, length));
  }
}

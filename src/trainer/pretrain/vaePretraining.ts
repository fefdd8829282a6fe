import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { writeJson } from '../../core/files.ts';
import { TorchGenerator } from '../../core/random/torchGenerator.ts';
import type { VaeConfig } from '../../diffusion/config/vaeConfig.ts';
import { AutoencoderKL } from '../../diffusion/models/index.ts';
import { initializeLikeTorch } from '../../diffusion/nn/initialize.ts';
import type { Parameter } from '../../diffusion/nn/parameter.ts';
import { loadWeights, type SaveOptions, saveVae } from '../../diffusion/pipeline/index.ts';
import { createStep } from '../createStep.ts';
import type { StepMetrics } from '../dreambooth.ts';
import { OPTIMIZER_FILE as MOMENTS_FILE, readMoments, writeMoments } from '../optimizerFile.ts';
import type { StepComputation } from '../stepComputation.ts';
import type { Thing } from './art.ts';
import { batchDice, pixelsOf } from './composedBatch.ts';
import { levelRate } from './levelRate.ts';
import { type Pretraining, readState, STATE_FILE } from './pretraining.ts';
import { latentSpread, reconstructionPsnr } from './reconstruction.ts';
import { drawScene, type Scene, unseenScenes } from './scene.ts';
import { updateWith } from './trainUntil.ts';
import { pictureLoss, vaeLoss } from './vaeLoss.ts';
import { DECODER_TRAINING, VAE_BETAS, VAE_CONFIG, VAE_TRAINING } from './vaeRecipe.ts';

export interface VaePretrainingSetup {
  things: readonly Thing[];
  seed: number;
  /** Updates in all. */
  steps: number;
  /** Default: the recipe's. */
  config?: VaeConfig;
  batchSize?: number;
  /** A trained VAE of which only the decoder is trained on, so that latents stay what they are; null: all, from nothing. */
  encoder: { dir: string; config: VaeConfig } | null;
}

interface VaeBatch {
  scenes: readonly Scene[];
  /** Of the latents' shape. */
  noise: Float32Array;
}

const WEIGHTS_DIR = 'vae';

/** Trains the pocket model's VAE from nothing, or the decoder of one on; batch i depends on the seed and i alone. */
export class VaePretraining implements Pretraining {
  readonly model: AutoencoderKL;
  readonly #setup: VaePretrainingSetup;
  readonly #recipe: typeof VAE_TRAINING | typeof DECODER_TRAINING;
  readonly #trained: readonly Parameter[];
  readonly #computation: StepComputation<VaeBatch>;
  #step = 0;

  static async create(setup: VaePretrainingSetup): Promise<VaePretraining> {
    const training = new VaePretraining(setup);
    if (setup.encoder !== null) await loadWeights(training.model, setup.encoder.dir);
    return training;
  }

  private constructor(setup: VaePretrainingSetup) {
    const config = setup.encoder?.config ?? setup.config ?? VAE_CONFIG;
    const decoderOnly = setup.encoder !== null;
    this.#setup = setup;
    this.#recipe = decoderOnly ? DECODER_TRAINING : VAE_TRAINING;
    this.model = new AutoencoderKL(config);
    const { parameters } = this.model;
    initializeLikeTorch(parameters, new TorchGenerator(setup.seed));
    this.#trained = decoderOnly ? parameters.filter(isOfDecoder) : parameters;
    const named = (list: readonly Parameter[]) => list.map(weight => ({ name: weight.name, weight }));
    this.#computation = createStep({
      feeds: batch => this.#feeds(batch),
      loss: feeds => (decoderOnly ? this.#decoderLoss(feeds) : this.#loss(feeds)),
      groups: [named(this.#trained)],
      frozen: named(parameters.filter(parameter => !this.#trained.includes(parameter))),
      options: {
        ...VAE_BETAS,
        adamWeightDecay: this.#recipe.weightDecay,
        maxGradNorm: this.#recipe.maxGradNorm,
        gradientAccumulationSteps: 1,
      },
      gradientCheckpointing: false,
      identity: ['vae', decoderOnly ? 'decoder' : 'all', config],
    });
  }

  get step(): number {
    return this.#step;
  }

  async update(): Promise<StepMetrics> {
    const lr = levelRate(this.#step, this.#setup.steps, this.#recipe);
    const loss = await updateWith(this.#computation, this.#batch(), [lr], this.#step + 1);
    this.#step += 1;
    return { step: this.#step, loss, lr };
  }

  /** On pictures that were not trained on: what comes back of them. */
  validate(): string {
    const size = this.model.config.sampleSize;
    const scenes = unseenScenes(this.#setup.things, size);
    const psnr = reconstructionPsnr(this.model, scenes);
    return `${scenes.length} unseen pictures come back with ${psnr.toFixed(2)} dB`;
  }

  /** Writes everything that training goes on from into a folder. */
  async write(dir: string): Promise<void> {
    const { seed } = this.#setup;
    await saveVae(join(dir, WEIGHTS_DIR), this.model);
    await writeMoments(join(dir, MOMENTS_FILE), this.#computation.optimizerState(), this.#names);
    await writeJson(join(dir, STATE_FILE), { step: this.#step, seed });
  }

  /** @throws E_CHECKPOINT when it is one of another seed or model */
  async restore(dir: string): Promise<void> {
    const { step } = await readState(join(dir, STATE_FILE), this.#setup.seed);
    await loadWeights(this.model, join(dir, WEIGHTS_DIR));
    this.#computation.restoreOptimizer(readMoments(join(dir, MOMENTS_FILE), this.#names));
    this.#step = step;
  }

  /**
   * Writes the VAE as a component folder. Its scaling factor is the one that gives latents of pictures a spread of 1
   * (Rombach et al. 2022, appendix G), unless only the decoder was trained: latents are what they were then.
   */
  async save(dir: string, options: SaveOptions = {}): Promise<void> {
    const { encoder, things } = this.#setup;
    const { config } = this.model;
    if (encoder !== null) return saveVae(dir, this.model, options);
    const scalingFactor = 1 / latentSpread(this.model, unseenScenes(things, config.sampleSize));
    const scaled = new AutoencoderKL({ ...config, scalingFactor });
    scaled.parameters.forEach((parameter, i) => {
      parameter.set(this.model.parameters[i]?.get() ?? new Float32Array());
    });
    await saveVae(dir, scaled, options);
    scaled.dispose();
  }

  dispose(): void {
    this.#computation.dispose();
    this.model.dispose();
  }

  get #names(): string[] {
    return this.#trained.map(({ name }) => name);
  }

  #batch(): VaeBatch {
    const { seed, things, batchSize = this.#recipe.batchSize } = this.#setup;
    const { sampleSize: size, latentChannels } = this.model.config;
    const dice = batchDice(this.#step, seed);
    const scenes = Array.from({ length: batchSize }, () =>
      drawScene(dice, things, { size, pairs: this.#recipe.pairs }),
    );
    const latents = batchSize * (size / this.model.factor) ** 2 * latentChannels;
    return { scenes, noise: new TorchGenerator(dice.whole(0, 2 ** 32)).randn(latents) };
  }

  #feeds({ scenes, noise }: VaeBatch): tf.NamedTensorMap {
    const { sampleSize, latentChannels } = this.model.config;
    const side = sampleSize / this.model.factor;
    return {
      pictures: pixelsOf(scenes),
      noise: tf.tensor4d(noise, [scenes.length, side, side, latentChannels]),
    };
  }

  #loss({ pictures, noise }: tf.NamedTensorMap): tf.Scalar {
    const latents = this.model.encode(pictures as tf.Tensor4D);
    const drawn = tf.add(latents.mean, tf.mul(tf.exp(tf.mul(latents.logvar, 0.5)), noise as tf.Tensor4D));
    return vaeLoss(this.model.decode(drawn as tf.Tensor4D), pictures as tf.Tensor4D, latents);
  }

  #decoderLoss({ pictures, noise }: tf.NamedTensorMap): tf.Scalar {
    const { mean } = this.model.encode(pictures as tf.Tensor4D);
    const spread = DECODER_TRAINING.latentNoise / this.model.config.scalingFactor;
    const shaken = tf.add(mean, tf.mul(noise as tf.Tensor4D, spread));
    return pictureLoss(this.model.decode(shaken as tf.Tensor4D), pictures as tf.Tensor4D);
  }
}

const isOfDecoder = ({ name }: Parameter): boolean => /^(decoder|post_quant_conv)\./.test(name);

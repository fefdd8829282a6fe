import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { writeJson } from '../../core/files.ts';
import { TorchGenerator } from '../../core/random/torchGenerator.ts';
import type { CLIPTextConfig } from '../../diffusion/config/clipTextConfig.ts';
import { parseSchedulerConfig } from '../../diffusion/config/schedulerConfig.ts';
import type { UNetConfig } from '../../diffusion/config/unetConfig.ts';
import { CLIPTextModel, initializeClipText, UNet2DConditionModel } from '../../diffusion/models/index.ts';
import { initializeLikeTorch } from '../../diffusion/nn/initialize.ts';
import { loadWeights, type SaveOptions, saveTextEncoder, saveUnet } from '../../diffusion/pipeline/index.ts';
import type { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';
import { createStep } from '../createStep.ts';
import type { StepMetrics } from '../dreambooth.ts';
import { EmaWeights } from '../emaWeights.ts';
import { itemWeights } from '../loss.ts';
import { noiseProcess } from '../noiseProcess.ts';
import { OPTIMIZER_FILE as MOMENTS_FILE, readMoments, writeMoments } from '../optimizerFile.ts';
import type { StepComputation } from '../stepComputation.ts';
import { type Conditioning, type StepInput, stepFeeds, stepLoss } from '../stepLoss.ts';
import { drawStep } from '../stepNoise.ts';
import { namedWeights, namesOf, type TrainedGroup } from '../trainedGroups.ts';
import { batchDice } from './composedBatch.ts';
import type { LatentScene } from './latentPool.ts';
import { levelRate } from './levelRate.ts';
import { type Pretraining, readState, STATE_FILE } from './pretraining.ts';
import { updateWith } from './trainUntil.ts';
import {
  AVERAGE,
  AVERAGE_EVERY,
  SCHEDULER_JSON,
  UNET_BETAS,
  UNET_CONFIG,
  UNET_TRAINING,
} from './unetRecipe.ts';

export interface UnetPretrainingSetup {
  tokenizer: CLIPTokenizer;
  /** What batches are drawn from. */
  pool: readonly LatentScene[];
  /** Pictures that are not in the pool. */
  unseen: readonly LatentScene[];
  scalingFactor: number;
  seed: number;
  /** Updates in all. */
  steps: number;
  /** Default: the recipe's. */
  config?: UNetConfig;
  batchSize?: number;
  /** What texts begin as: the folder of a text encoder or a CLIP; dir null for fresh weights. */
  textEncoder: { dir: string | null; config: CLIPTextConfig };
}

const UNET_DIR = 'unet';
const TEXT_DIR = 'text_encoder';
const AVERAGE_DIR = 'average';
/** Seeds of noise are kept apart from those of choices. */
const NOISE_SEEDS = 2 ** 32;

/** Trains the pocket model's UNet from nothing, and its text encoder on with it; batch i depends on the seed and i alone. */
export class UnetPretraining implements Pretraining {
  readonly unet: UNet2DConditionModel;
  readonly textEncoder: CLIPTextModel;
  readonly #setup: UnetPretrainingSetup;
  readonly #process = noiseProcess(parseSchedulerConfig(SCHEDULER_JSON, 'scheduler'));
  readonly #groups: readonly TrainedGroup[];
  readonly #captions: Conditioning;
  readonly #computation: StepComputation<StepInput>;
  #average: EmaWeights;
  #step = 0;

  static async create(setup: UnetPretrainingSetup): Promise<UnetPretraining> {
    const training = new UnetPretraining(setup);
    const { dir } = setup.textEncoder;
    if (dir !== null) await loadWeights(training.textEncoder, dir);
    training.#average = new EmaWeights(training.#groups, AVERAGE);
    return training;
  }

  private constructor(setup: UnetPretrainingSetup) {
    const { config = UNET_CONFIG, textEncoder, seed } = setup;
    this.#setup = setup;
    this.unet = new UNet2DConditionModel(config);
    this.textEncoder = new CLIPTextModel(textEncoder.config);
    const generator = new TorchGenerator(seed);
    initializeLikeTorch(this.unet.parameters, generator);
    initializeClipText(this.textEncoder, generator);
    this.#groups = [
      { part: 'unet', parameters: this.unet.parameters },
      { part: 'text_encoder', parameters: this.textEncoder.parameters },
    ];
    this.#average = new EmaWeights(this.#groups, AVERAGE);
    this.#captions = {
      feeds: prompts => ({ ids: this.#ids(prompts) }),
      embed: ({ ids }) => this.textEncoder.forward(ids as tf.Tensor2D),
    };
    const loss = { unet: this.unet, prompts: this.#captions };
    this.#computation = createStep({
      feeds: input => stepFeeds(input, this.#captions),
      loss: feeds => stepLoss(feeds, loss),
      groups: this.#groups.map(namedWeights),
      frozen: [],
      options: {
        ...UNET_BETAS,
        adamWeightDecay: UNET_TRAINING.weightDecay,
        maxGradNorm: UNET_TRAINING.maxGradNorm,
        gradientAccumulationSteps: 1,
      },
      gradientCheckpointing: false,
      identity: ['unet pretraining', config, textEncoder.config],
    });
  }

  get step(): number {
    return this.#step;
  }

  async update(): Promise<StepMetrics> {
    const lr = levelRate(this.#step, this.#setup.steps, UNET_TRAINING);
    const rates = [lr, lr * UNET_TRAINING.textRate];
    const loss = await updateWith(this.#computation, this.#batch(), rates, this.#step + 1);
    this.#step += 1;
    if (this.#step % AVERAGE_EVERY === 0) this.#average.update(this.#step / AVERAGE_EVERY);
    return { step: this.#step, loss, lr };
  }

  /** The averaged weights' loss on unseen pictures, at timesteps of all sizes. */
  validate(): Promise<string> {
    return this.#average.worn(async () => {
      const { unseen, scalingFactor } = this.#setup;
      const options = { process: this.#process, scalingFactor, offsetNoise: false, vaeHasAttention: false };
      const generator = new TorchGenerator(0);
      const losses: number[] = [];
      for (let i = 0; i < unseen.length; i += VALIDATION_BATCH) {
        const scenes = unseen.slice(i, i + VALIDATION_BATCH);
        const noisy = drawStep(
          scenes.map(({ moments }) => moments),
          options,
          generator,
        );
        const ids = this.#idsOf(scenes.map(({ caption }) => caption));
        const states = this.textEncoder.infer(ids);
        const shares = tf.tidy(() => {
          const timesteps = tf.tensor1d(Float32Array.from(noisy.timesteps));
          const prediction = this.unet.forward(tf.tensor4d(noisy.noisy, noisy.shape), timesteps, states);
          return tf.mean(tf.squaredDifference(prediction, tf.tensor4d(noisy.target, noisy.shape)), [1, 2, 3]);
        });
        losses.push(...shares.dataSync());
        tf.dispose([ids, states, shares]);
      }
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      return `mean squared error of the noise in ${losses.length} unseen pictures ${mean.toFixed(4)}`;
    });
  }

  /** Writes everything that training goes on from into a folder. */
  async write(dir: string): Promise<void> {
    await this.#saveParts(dir);
    await this.save(join(dir, AVERAGE_DIR));
    await writeMoments(join(dir, MOMENTS_FILE), this.#computation.optimizerState(), namesOf(this.#groups));
    await writeJson(join(dir, STATE_FILE), { step: this.#step, seed: this.#setup.seed });
  }

  /** @throws E_CHECKPOINT when it is one of another seed or model */
  async restore(dir: string): Promise<void> {
    const { step } = await readState(join(dir, STATE_FILE), this.#setup.seed);
    await this.#loadParts(join(dir, AVERAGE_DIR));
    this.#average = new EmaWeights(this.#groups, AVERAGE);
    await this.#loadParts(dir);
    this.#computation.restoreOptimizer(readMoments(join(dir, MOMENTS_FILE), namesOf(this.#groups)));
    this.#step = step;
  }

  /** Writes the averaged weights: `unet/` and `text_encoder/`. */
  save(dir: string, options: SaveOptions = {}): Promise<void> {
    return this.#average.worn(() => this.#saveParts(dir, options));
  }

  dispose(): void {
    this.#computation.dispose();
    this.unet.dispose();
    this.textEncoder.dispose();
  }

  async #saveParts(dir: string, options: SaveOptions = {}): Promise<void> {
    await saveUnet(join(dir, UNET_DIR), this.unet, options);
    await saveTextEncoder(join(dir, TEXT_DIR), this.textEncoder, options);
  }

  async #loadParts(dir: string): Promise<void> {
    await loadWeights(this.unet, join(dir, UNET_DIR));
    await loadWeights(this.textEncoder, join(dir, TEXT_DIR));
  }

  #batch(): StepInput {
    const { pool, seed, scalingFactor, batchSize = UNET_TRAINING.batchSize } = this.#setup;
    const dice = batchDice(this.#step, seed);
    const chosen = Array.from({ length: batchSize }, () => dice.whole(0, pool.length));
    const prompts = chosen.map(index => (dice.chance(UNET_TRAINING.dropout) ? NO_CAPTION : index));
    const noisy = drawStep(
      chosen.flatMap(index => pool[index]?.moments ?? []),
      { process: this.#process, scalingFactor, offsetNoise: false, vaeHasAttention: false },
      new TorchGenerator(dice.whole(0, NOISE_SEEDS)),
    );
    const { snrGamma } = UNET_TRAINING;
    const options = { withPriorPreservation: false, priorLossWeight: 1, snrGamma };
    return { ...noisy, prompts, weights: itemWeights(noisy.timesteps, this.#process, options) };
  }

  #ids(prompts: readonly number[]): tf.Tensor2D {
    return this.#idsOf(prompts.map(index => this.#setup.pool[index]?.caption ?? ''));
  }

  #idsOf(captions: readonly string[]): tf.Tensor2D {
    const { tokenizer } = this.#setup;
    const length = tokenizer.modelMaxLength;
    const ids = new Int32Array(captions.length * length);
    captions.forEach((caption, i) => {
      ids.set(tokenizer.encode(caption, length).ids, i * length);
    });
    return tf.tensor2d(ids, [captions.length, length], 'int32');
  }
}

const NO_CAPTION = -1;
const VALIDATION_BATCH = 32;

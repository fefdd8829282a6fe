import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { loadWeights, saveTextEncoder, saveUnet } from '../diffusion/pipeline/index.ts';
import { readMatchingState, writeTrainerState } from './checkpointState.ts';
import { createStep } from './createStep.ts';
import { checkSetup, classImagesOf, type DreamboothSetup, lrSchedule } from './dreamboothSetup.ts';
import { type LrScheduleOptions, learningRateAt } from './lrSchedule.ts';
import { OPTIMIZER_FILE, readMoments, writeMoments } from './optimizerFile.ts';
import { PromptEmbeddings } from './promptEmbeddings.ts';
import type { StepComputation } from './stepComputation.ts';
import { StepData, type StepDataState } from './stepData.ts';
import { namesOf, type TrainedGroup, trainedGroups } from './trainedGroups.ts';
import { type RunHooks, runUpdates, type Trainer, type Updates } from './trainer.ts';
import { trainingDigest } from './trainingIdentity.ts';
import { TrainingImages } from './trainingImages.ts';

export type { DreamboothSetup } from './dreamboothSetup.ts';
export type { RunHooks, StepMetrics } from './trainer.ts';

/**
 * DreamBooth (Ruiz et al. 2022) as diffusers' train_dreambooth.py does it in float32 on one process: the same random
 * draws in the same order, the same losses. It trains the weights of the pipeline it is given in place.
 */
export class DreamboothTrainer implements Trainer {
  readonly #setup: DreamboothSetup;
  readonly #schedule: LrScheduleOptions;
  readonly #groups: readonly TrainedGroup[];
  readonly #prompts: PromptEmbeddings;
  readonly #data: StepData;
  readonly #computation: StepComputation;
  readonly #digest: string;
  readonly #updates: Updates;
  #step = 0;

  /**
   * Reads all pictures and encodes the prompts.
   * @throws E_IMAGE, E_MISSING for the pictures; E_MODEL for a model that DreamBooth cannot train; E_OPTION
   */
  static async create(setup: DreamboothSetup): Promise<DreamboothTrainer> {
    const { options } = setup;
    checkSetup(setup);
    const instances = await TrainingImages.open(setup.instanceImages, options.resolution);
    const classes = await TrainingImages.open(classImagesOf(setup), options.resolution);
    return new DreamboothTrainer(setup, instances, classes);
  }

  private constructor(setup: DreamboothSetup, instances: TrainingImages, classes: TrainingImages) {
    const { pipeline, options, instancePrompt, classPrompt } = setup;
    const horizon = options.lrScheduleSteps ?? setup.maxTrainSteps;
    this.#setup = setup;
    this.#schedule = lrSchedule(options, horizon);
    learningRateAt(this.#schedule, 0); // refuses an impossible schedule before anything is computed
    const generator = setup.generator ?? new TorchGenerator(options.seed);
    this.#data = new StepData({ pipeline, instances, classes, options, generator });
    const tokenizerMaxLength = setup.tokenizerMaxLength ?? null;
    this.#digest = trainingDigest({
      pipeline,
      options,
      horizon,
      instancePrompt,
      classPrompt,
      tokenizerMaxLength,
      instanceDigests: instances.digests,
      classDigests: classes.digests,
    });
    const prompts = options.withPriorPreservation ? [instancePrompt, classPrompt ?? ''] : [instancePrompt];
    this.#prompts = new PromptEmbeddings(pipeline, prompts, {
      trained: options.trainTextEncoder,
      maxLength: tokenizerMaxLength,
    });
    this.#groups = trainedGroups(pipeline, options);
    const { unet, textEncoder } = pipeline;
    this.#computation = createStep({
      unet,
      prompts: this.#prompts,
      groups: this.#groups,
      options,
      gradientCheckpointing: setup.gradientCheckpointing ?? false,
      frozen: [],
      identity: ['dreambooth', unet.config, ...(options.trainTextEncoder ? [textEncoder.config] : [])],
    });
    this.#updates = {
      data: this.#data,
      computation: this.#computation,
      accumulation: options.gradientAccumulationSteps,
      step: () => this.#step,
      made: () => this.#step++,
      rate: () => learningRateAt(this.#schedule, this.#step),
      groups: this.#groups.length,
    };
  }

  /** Optimizer updates made. */
  get step(): number {
    return this.#step;
  }

  /** Ends of prompts that did not fit, for a warning. */
  get truncatedPrompts(): readonly { prompt: string; rest: string }[] {
    return this.#prompts.truncated;
  }

  /**
   * Trains until `until` updates are made, or to the stop request.
   * @throws E_NOT_FINITE when the loss or the gradients are NaN or infinite; the weights are those of the last good step
   */
  run(until: number, hooks: RunHooks = {}): Promise<'done' | 'stopped'> {
    return runUpdates(until, this.#updates, hooks);
  }

  /** Writes what samples can be made from into the folder: `unet/` and, where it is trained, `text_encoder/`. */
  async saveWeights(dir: string): Promise<void> {
    const { pipeline, options } = this.#setup;
    await saveUnet(`${dir}/unet`, pipeline.unet);
    if (options.trainTextEncoder) await saveTextEncoder(`${dir}/text_encoder`, pipeline.textEncoder);
  }

  /** Writes a checkpoint into a folder: weights, moments, and last the state. */
  async writeCheckpoint(dir: string): Promise<void> {
    await this.saveWeights(dir);
    await writeMoments(`${dir}/${OPTIMIZER_FILE}`, this.#computation.optimizerState(), namesOf(this.#groups));
    await writeTrainerState(dir, {
      step: this.#step,
      seed: this.#setup.options.seed,
      training: this.#digest,
      environment: this.#setup.environment ?? '',
      ...this.#data.getState(),
    });
  }

  /**
   * Goes on from a checkpoint of this training, bit for bit.
   * @param choice.anyEnvironment accepts one made with another backend, versions or threads
   * @throws E_CHECKPOINT when it is damaged, of another training, or of another environment; nothing is changed then
   */
  async restoreCheckpoint(dir: string, choice: { anyEnvironment?: boolean } = {}): Promise<void> {
    const state = await readMatchingState<StepDataState['stream']>(
      dir,
      { training: this.#digest, environment: this.#setup.environment ?? '' },
      choice,
    );
    const { pipeline, options } = this.#setup;
    await loadWeights(pipeline.unet, `${dir}/unet`);
    if (options.trainTextEncoder) await loadWeights(pipeline.textEncoder, `${dir}/text_encoder`);
    this.#computation.restoreOptimizer(readMoments(`${dir}/${OPTIMIZER_FILE}`, namesOf(this.#groups)));
    this.#data.restore(state);
    this.#step = state.step;
  }

  /** Frees moments and embeddings; the trained weights stay in the pipeline. */
  dispose(): void {
    this.#computation.dispose();
    this.#prompts.dispose();
  }
}

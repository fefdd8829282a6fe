import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { EMBEDDINGS_FILE, writeEmbeddings } from '../diffusion/learnedEmbeddings.ts';
import { ChangeGuard } from './changeGuard.ts';
import { readMatchingState, writeTrainerState } from './checkpointState.ts';
import { createStep } from './createStep.ts';
import {
  checkSetup,
  classImagesOf,
  type DreamboothSetup,
  lrSchedule,
  ratesAt,
  trainingPrompts,
} from './dreamboothSetup.ts';
import { EmaWeights } from './emaWeights.ts';
import { type LrScheduleOptions, learningRateAt } from './lrSchedule.ts';
import { OPTIMIZER_FILE, readMoments, writeMoments } from './optimizerFile.ts';
import { checkPrecision } from './precision.ts';
import { PromptEmbeddings } from './promptEmbeddings.ts';
import type { StepComputation } from './stepComputation.ts';
import { StepData, type StepDataState } from './stepData.ts';
import { type StepInput, stepFeeds, stepLoss } from './stepLoss.ts';
import { namedWeights, namesOf, type TrainedGroup, trainedGroups } from './trainedGroups.ts';
import { averageSuffixes, loadTrained, saveAverages, saveTrained } from './trainedWeights.ts';
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
  /** SHA-256 of the instance photos, in the order of training. */
  readonly photos: readonly string[];
  readonly #setup: DreamboothSetup;
  readonly #schedule: LrScheduleOptions;
  readonly #groups: readonly TrainedGroup[];
  readonly #prompts: PromptEmbeddings;
  readonly #data: StepData;
  readonly #computation: StepComputation<StepInput>;
  readonly #digest: string;
  readonly #updates: Updates;
  readonly #averages: readonly EmaWeights[];
  #guard: ChangeGuard;
  #skipped = 0;
  #step = 0;

  /**
   * Reads all pictures and encodes the prompts.
   * @throws E_IMAGE, E_MISSING for the pictures; E_MODEL for a model that DreamBooth cannot train; E_OPTION
   */
  static async create(setup: DreamboothSetup): Promise<DreamboothTrainer> {
    const { options } = setup;
    checkSetup(setup);
    checkPrecision(options.mixedPrecision);
    const instances = await TrainingImages.open(setup.instanceImages, options.resolution);
    const classes = await TrainingImages.open(classImagesOf(setup), options.resolution);
    return new DreamboothTrainer(setup, instances, classes);
  }

  private constructor(setup: DreamboothSetup, instances: TrainingImages, classes: TrainingImages) {
    const { pipeline, options, instancePrompt, instanceCaptions = null, classPrompt } = setup;
    const horizon = options.lrScheduleSteps ?? setup.maxTrainSteps;
    this.#setup = setup;
    this.photos = instances.digests;
    this.#schedule = lrSchedule(options, horizon);
    learningRateAt(this.#schedule, 0); // refuses an impossible schedule before anything is computed
    const generator = setup.generator ?? new TorchGenerator(options.seed);
    const { prompts, ...promptOf } = trainingPrompts(setup);
    this.#data = new StepData({ pipeline, instances, classes, options, prompts: promptOf, generator });
    const tokenizerMaxLength = setup.tokenizerMaxLength ?? null;
    this.#digest = trainingDigest({
      pipeline,
      options,
      horizon,
      instancePrompt,
      instanceCaptions,
      classPrompt,
      tokenizerMaxLength,
      instanceDigests: instances.digests,
      classDigests: classes.digests,
    });
    this.#prompts = new PromptEmbeddings(pipeline, prompts, {
      trained: options.trainTextEncoder,
      maxLength: tokenizerMaxLength,
    });
    this.#groups = trainedGroups(pipeline, options);
    const { unet, textEncoder } = pipeline;
    this.#computation = createStep({
      feeds: input => stepFeeds(input, this.#prompts),
      loss: feeds => stepLoss(feeds, { unet, prompts: this.#prompts }),
      groups: this.#groups.map(namedWeights),
      options,
      gradientCheckpointing: setup.gradientCheckpointing ?? false,
      frozen: [],
      averages: setup.averages?.length ?? 0,
      identity: ['dreambooth', unet.config, ...(options.trainTextEncoder ? [textEncoder.config] : [])],
    });
    this.#updates = {
      data: this.#data,
      computation: this.#computation,
      accumulation: options.gradientAccumulationSteps,
      step: () => this.#step,
      made: () => this.#made(),
      rate: () => learningRateAt(this.#schedule, this.#scheduled),
      groups: this.#groups.length,
      rates: () => ratesAt(this.#schedule, this.#groups, options, this.#scheduled),
    };
    this.#averages = (setup.averages ?? []).map(
      (average, which) =>
        new EmaWeights(this.#groups, average, () => this.#computation.averageHome?.(which) ?? null),
    );
    this.#guard = new ChangeGuard(this.#groups);
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
   * @throws E_NOT_FINITE when the loss or the gradients are NaN or infinite; the weights are those of the last good step.
   *   E_UNCHANGED when training does not change the weights
   */
  run(until: number, hooks: RunHooks = {}): Promise<'done' | 'stopped'> {
    return runUpdates(until, this.#updates, hooks);
  }

  /** Writes what samples can be made from into the folder: `unet/` and, where it is trained, `text_encoder/`. */
  async saveWeights(dir: string): Promise<void> {
    const { pipeline, embeddings } = this.#setup;
    if (embeddings) await writeEmbeddings(`${dir}/${EMBEDDINGS_FILE}`, embeddings);
    await saveTrained(dir, pipeline, this.#groups);
  }

  /** {@link saveWeights} of one of the averages. */
  saveAverage(dir: string, index: number): Promise<void> {
    return this.withAverage(index, () => this.saveWeights(dir));
  }

  /** Runs `use` while the pipeline holds one of the averages; without averages it holds the weights themselves. */
  async withAverage<T>(index: number, use: () => Promise<T>): Promise<T> {
    const average = this.#averages[index];
    return average ? average.worn(use) : use();
  }

  /** Writes a checkpoint into a folder: weights, averages, moments, and last the state. */
  async writeCheckpoint(dir: string): Promise<void> {
    const { pipeline } = this.#setup;
    await this.saveWeights(dir);
    await saveAverages(dir, this.#averages, { pipeline, groups: this.#groups, step: this.#step });
    await writeMoments(`${dir}/${OPTIMIZER_FILE}`, this.#computation.optimizerState(), namesOf(this.#groups));
    await writeTrainerState(dir, {
      step: this.#step,
      seed: this.#setup.options.seed,
      training: this.#digest,
      environment: this.#setup.environment ?? '',
      ...this.#data.getState(),
      ...(this.#averages.length > 0 && { averages: this.#averages.map(({ options }) => options) }),
    });
  }

  /**
   * Goes on from a checkpoint of this training, bit for bit.
   * @param choice.anyEnvironment accepts one made with another backend, versions or threads
   * @param choice.averageDirs where {@link saveAverage} wrote each average; default: they lie in the checkpoint
   * @throws E_CHECKPOINT when it is damaged, of another training, or of another environment; nothing is changed then
   */
  async restoreCheckpoint(
    dir: string,
    choice: { anyEnvironment?: boolean; averageDirs?: readonly string[] } = {},
  ): Promise<void> {
    const state = await readMatchingState<StepDataState['stream']>(
      dir,
      { training: this.#digest, environment: this.#setup.environment ?? '' },
      choice,
    );
    const { pipeline, averages = [] } = this.#setup;
    const suffixes = choice.averageDirs ? [] : averageSuffixes(dir, averages, state.averages ?? []);
    for (const [i, average] of this.#averages.entries()) {
      const from = choice.averageDirs?.[i] ?? dir;
      await average.worn(() => loadTrained(from, pipeline, this.#groups, suffixes[i]));
    }
    await loadTrained(dir, pipeline, this.#groups);
    this.#computation.restoreOptimizer(readMoments(`${dir}/${OPTIMIZER_FILE}`, namesOf(this.#groups)));
    this.#skipped = this.#computation.skipped;
    this.#data.restore(state);
    this.#step = state.step;
    this.#guard = new ChangeGuard(this.#groups);
  }

  /** Updates that the schedule has seen: those that float16 could not hold are not, as with accelerate. */
  get #scheduled(): number {
    return this.#step - this.#computation.skipped;
  }

  #made(): void {
    const { options } = this.#setup;
    const { skipped } = this.#computation;
    if (skipped === this.#skipped) {
      const rates = ratesAt(this.#schedule, this.#groups, options, this.#scheduled);
      this.#guard.check(rates, this.#step + 1);
    }
    this.#skipped = skipped;
    this.#step++;
    for (const average of this.#averages) average.update(this.#step);
  }

  /** Frees moments and embeddings; the trained weights stay in the pipeline. */
  dispose(): void {
    this.#computation.dispose();
    this.#prompts.dispose();
  }
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { listImages } from '../diffusion/images/index.ts';
import {
  loadPipeline,
  type StableDiffusionPipeline,
  savePipeline,
  withTokenizer,
} from '../diffusion/pipeline/index.ts';
import { readCaptions } from '../stages/captions.ts';
import { emaOf } from '../stages/ema.ts';
import { resolveTrainOptions, type TrainingRequest } from '../stages/trainOptions.ts';
import {
  nextMultiple,
  runCheckpointed,
  startOf,
  type TrainingEnd,
  type TrainingHooks,
} from './checkpointedRun.ts';
import { listClassImages, makeMissingClassImages } from './classImages.ts';
import { DreamboothTrainer } from './dreambooth.ts';
import { CARD_FILE, writeModelCard } from './modelCard.ts';
import { checkPrecision } from './precision.ts';
import { makeValidationPictures } from './validationPictures.ts';

export type { TrainingEnd, TrainingHooks } from './checkpointedRun.ts';

/**
 * One training from the options of train_dreambooth.py to its output folder: class pictures, the training with
 * checkpoints, `losses.jsonl`, and the whole model in diffusers' layout.
 *
 * @param values options by the script's names; see {@link resolveTrainOptions}
 */
export async function runTraining(
  values: Record<string, unknown>,
  hooks: TrainingHooks,
): Promise<TrainingEnd> {
  const { request, warnings } = resolveTrainOptions(values);
  for (const warning of warnings) hooks.onWarning?.(warning);
  // Before anything is computed: what is wrong with the folders is found now.
  const { captionExtension, mixedPrecision } = request.options;
  checkPrecision(mixedPrecision);
  const { paths: instanceImages, skipped } = await listImages(request.instanceDataDir, { captionExtension });
  if (skipped.length > 0) hooks.onInfo?.(`${request.instanceDataDir}: left out ${skipped.join(', ')}`);
  makeFolder(request.outputDir);
  const pipeline = await loadPipeline(request.modelDir, { variant: request.variant });
  try {
    const trained = await withTokenizer(pipeline, request.tokenizerDir);
    const pipelines = { own: pipeline, trained };
    return await new TrainingRun(request, values, hooks, pipelines, instanceImages).run();
  } finally {
    pipeline.dispose();
  }
}

class TrainingRun {
  readonly #request: TrainingRequest;
  /** The options as they were given. */
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #hooks: TrainingHooks;
  readonly #pipeline: StableDiffusionPipeline;
  /** The pipeline, with `tokenizer_name` for training and validation; class pictures and what is saved have the model's own. */
  readonly #trained: StableDiffusionPipeline;
  readonly #instanceImages: string[];

  constructor(
    request: TrainingRequest,
    values: Readonly<Record<string, unknown>>,
    hooks: TrainingHooks,
    pipeline: { own: StableDiffusionPipeline; trained: StableDiffusionPipeline },
    instanceImages: string[],
  ) {
    this.#request = request;
    this.#values = values;
    this.#hooks = hooks;
    this.#pipeline = pipeline.own;
    this.#trained = pipeline.trained;
    this.#instanceImages = instanceImages;
  }

  async run(): Promise<TrainingEnd> {
    const { outputDir } = this.#request;
    const start = await startOf(this.#request, this.#hooks);
    const generator = new TorchGenerator(start.seed);
    if (!(await this.#makeClassImages(generator))) return { end: 'stopped', step: 0, outputDir };
    const classImages = await this.#classImages();
    const maxTrainSteps = this.#maxTrainSteps(classImages.length);
    const trainer = await this.#createTrainer(start.seed, generator, classImages, maxTrainSteps);
    try {
      const options = { ...this.#request, ...this.#validation(trainer, start.seed) };
      const end = await runCheckpointed(trainer, start, maxTrainSteps, options, this.#hooks);
      if (end === 'done') {
        await trainer.withAverage(0, () => this.#save());
        await this.#writeCard(trainer, start.seed);
      }
      return { end, step: trainer.step, outputDir };
    } finally {
      trainer.dispose();
    }
  }

  /** False when a stop came. */
  async #makeClassImages(generator: TorchGenerator): Promise<boolean> {
    const { classDataDir, classPrompt, sampleBatchSize, options } = this.#request;
    if (!options.withPriorPreservation || classDataDir === null) return true;
    const { signal, onClassImage, onWarning } = this.#hooks;
    try {
      await makeMissingClassImages({
        pipeline: this.#pipeline,
        dir: classDataDir,
        classPrompt: classPrompt ?? '',
        count: options.numClassImages,
        batchSize: sampleBatchSize,
        generator,
        ...(onClassImage && { onPicture: onClassImage }),
        ...(onWarning && { onWarning }),
        ...(signal && { signal }),
      });
      return true;
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return false;
      throw error;
    }
  }

  async #classImages(): Promise<string[]> {
    const { classDataDir, options } = this.#request;
    if (!options.withPriorPreservation || classDataDir === null) return [];
    return (await listClassImages(classDataDir)).slice(0, options.numClassImages);
  }

  /** As given, or from the epochs: an epoch shows every picture of the longer list once. */
  #maxTrainSteps(classCount: number): number {
    const { maxTrainSteps, numTrainEpochs, options } = this.#request;
    const items = Math.max(this.#instanceImages.length, classCount);
    const batches = Math.ceil(items / options.trainBatchSize);
    return maxTrainSteps ?? numTrainEpochs * Math.ceil(batches / options.gradientAccumulationSteps);
  }

  async #createTrainer(
    seed: number,
    generator: TorchGenerator,
    classImages: string[],
    maxTrainSteps: number,
  ): Promise<DreamboothTrainer> {
    const { options, instancePrompt, classPrompt, tokenizerMaxLength } = this.#request;
    const { captionExtension } = options;
    const average = emaOf(options);
    const trainer = await DreamboothTrainer.create({
      pipeline: this.#trained,
      instanceImages: this.#instanceImages,
      instancePrompt,
      instanceCaptions:
        captionExtension === null
          ? null
          : await readCaptions(this.#instanceImages, captionExtension, instancePrompt),
      classImages,
      classPrompt,
      options: { ...options, seed },
      maxTrainSteps,
      averages: average ? [average] : [],
      generator,
      tokenizerMaxLength,
      gradientCheckpointing: this.#request.gradientCheckpointing,
      environment: this.#hooks.environment,
    });
    for (const { prompt, rest } of trainer.truncatedPrompts) {
      this.#hooks.onWarning?.(`the prompt "${prompt}" is too long; this part is not seen: "${rest}"`);
    }
    return trainer;
  }

  /** What {@link runCheckpointed} is to do for the validation pictures. */
  #validation(trainer: DreamboothTrainer, seed: number) {
    const { validation, outputDir } = this.#request;
    if (!validation) return {};
    const { signal, onWarning } = this.#hooks;
    return {
      stops: (after: number) => nextMultiple(after, validation.everySteps),
      onStop: async () => {
        if (trainer.step % validation.everySteps !== 0 || signal?.aborted) return;
        const request = { ...validation, seed, dir: join(outputDir, 'validation', `step-${trainer.step}`) };
        // With a moving average pictures are made from it: it is what will be saved.
        const hooks = { ...(signal && { signal }), ...(onWarning && { onWarning }) };
        await trainer
          .withAverage(0, () => makeValidationPictures(this.#trained, request, hooks))
          .catch(error => {
            // A stop: the training sees it next, and saves a checkpoint.
            if (!signal?.aborted || error !== signal.reason) throw error;
          });
      },
    };
  }

  async #writeCard({ photos, step: steps }: DreamboothTrainer, seed: number): Promise<void> {
    const { outputDir, modelDir: baseModel } = this.#request;
    const settings = { ...this.#values, seed };
    const card = { kind: 'DreamBooth', baseModel, settings, photos, steps } as const;
    if (await writeModelCard(outputDir, card)) return;
    this.#hooks.onWarning?.(`${outputDir}: ${CARD_FILE} kept as it was`);
  }

  async #save(): Promise<void> {
    const { outputDir, skipSaveTextEncoder } = this.#request;
    await savePipeline(outputDir, this.#pipeline);
    if (!skipSaveTextEncoder) return;
    const index = join(outputDir, 'model_index.json');
    const parts = (await readJson(index)) as Record<string, unknown>;
    await writeJson(index, { ...parts, text_encoder: [null, null] });
    await rm(join(outputDir, 'text_encoder'), { recursive: true, force: true });
  }
}

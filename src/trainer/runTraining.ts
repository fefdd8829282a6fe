import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import { TorchGenerator } from '../core/random/torchGenerator.ts';
import { listImages } from '../diffusion/images/index.ts';
import { loadPipeline, type StableDiffusionPipeline, savePipeline } from '../diffusion/pipeline/index.ts';
import { CLIPTokenizer } from '../diffusion/tokenizer/clipTokenizer.ts';
import { resolveTrainOptions, type TrainingRequest } from '../stages/trainOptions.ts';
import { checkpointDir, findCheckpoint, makeRoomForCheckpoint } from './checkpointFolders.ts';
import { readStateFile } from './checkpointState.ts';
import { listClassImages, makeMissingClassImages } from './classImages.ts';
import { DreamboothTrainer, type StepMetrics } from './dreambooth.ts';
import { LossFile } from './lossFile.ts';

export interface TrainingHooks {
  /** Backend, versions and threads in a line; a checkpoint made under others is gone on from with a warning. */
  environment: string;
  onStep?: (metrics: StepMetrics, maxTrainSteps: number) => void;
  onClassImage?: (done: number, total: number) => void;
  /** Something that the user should know and that is no fault: the seed that was chosen, where a run goes on. */
  onInfo?: (message: string) => void;
  onWarning?: (message: string) => void;
  /** A stop request: a checkpoint is saved, and the training ends. */
  signal?: AbortSignal;
}

export interface TrainingEnd {
  end: 'done' | 'stopped';
  /** Optimizer updates made. */
  step: number;
  outputDir: string;
}

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
  const { paths: instanceImages, skipped } = await listImages(request.instanceDataDir);
  if (skipped.length > 0) hooks.onInfo?.(`${request.instanceDataDir}: left out ${skipped.join(', ')}`);
  makeFolder(request.outputDir);
  const pipeline = await loadPipeline(request.modelDir, { variant: request.variant });
  try {
    return await new TrainingRun(request, hooks, pipeline, instanceImages).run();
  } finally {
    pipeline.dispose();
  }
}

class TrainingRun {
  readonly #request: TrainingRequest;
  readonly #hooks: TrainingHooks;
  readonly #pipeline: StableDiffusionPipeline;
  readonly #instanceImages: string[];

  constructor(
    request: TrainingRequest,
    hooks: TrainingHooks,
    pipeline: StableDiffusionPipeline,
    instanceImages: string[],
  ) {
    this.#request = request;
    this.#hooks = hooks;
    this.#pipeline = pipeline;
    this.#instanceImages = instanceImages;
  }

  async run(): Promise<TrainingEnd> {
    const { outputDir } = this.#request;
    const resumed = await this.#findCheckpoint();
    const seed = await this.#chooseSeed(resumed?.dir);
    const generator = new TorchGenerator(seed);
    if (!(await this.#makeClassImages(generator))) return { end: 'stopped', step: 0, outputDir };
    const classImages = await this.#classImages();
    const maxTrainSteps = this.#maxTrainSteps(classImages.length);
    const trainer = await this.#createTrainer(seed, generator, classImages, maxTrainSteps);
    try {
      if (resumed) await this.#resume(trainer, resumed.dir);
      const end = await this.#train(trainer, maxTrainSteps);
      if (end === 'done') await this.#save();
      return { end, step: trainer.step, outputDir };
    } finally {
      trainer.dispose();
    }
  }

  async #findCheckpoint(): Promise<{ dir: string; step: number } | null> {
    const { resumeFromCheckpoint, outputDir } = this.#request;
    if (resumeFromCheckpoint === null) return null;
    const found = await findCheckpoint(outputDir, resumeFromCheckpoint);
    if (!found) this.#hooks.onWarning?.(`no checkpoint in ${outputDir}: starting a new training`);
    return found;
  }

  /** The one given; going on without one, that of the checkpoint; otherwise any, and told. */
  async #chooseSeed(resumedDir: string | undefined): Promise<number> {
    if (this.#request.seed !== null) return this.#request.seed;
    if (resumedDir !== undefined) return (await readStateFile(resumedDir)).seed;
    const seed = randomInt(2 ** 31);
    this.#hooks.onInfo?.(`no seed was given: using --seed ${seed}`);
    return seed;
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
    const { options, instancePrompt, classPrompt, tokenizerDir, tokenizerMaxLength } = this.#request;
    const { maxPositionEmbeddings: maxPositions } = this.#pipeline.textEncoder.config;
    const tokenizer = tokenizerDir === null ? null : await CLIPTokenizer.load(tokenizerDir, { maxPositions });
    const trainer = await DreamboothTrainer.create({
      pipeline: tokenizer ? { ...this.#pipeline, tokenizer } : this.#pipeline,
      instanceImages: this.#instanceImages,
      instancePrompt,
      classImages,
      classPrompt,
      options: { ...options, seed },
      maxTrainSteps,
      generator,
      tokenizerMaxLength,
      environment: this.#hooks.environment,
    });
    for (const { prompt, rest } of trainer.truncatedPrompts) {
      this.#hooks.onWarning?.(`the prompt "${prompt}" is too long; this part is not seen: "${rest}"`);
    }
    return trainer;
  }

  async #resume(trainer: DreamboothTrainer, dir: string): Promise<void> {
    const { environment } = await readStateFile(dir);
    if (environment !== this.#hooks.environment) {
      this.#hooks.onWarning?.(
        `${dir} was made with ${environment}; now it is ${this.#hooks.environment}: the last digits will differ from an uninterrupted run`,
      );
    }
    await trainer.restoreCheckpoint(dir, { anyEnvironment: true });
    this.#hooks.onInfo?.(`going on from step ${trainer.step}`);
  }

  async #train(trainer: DreamboothTrainer, maxTrainSteps: number): Promise<'done' | 'stopped'> {
    const { outputDir, checkpointingSteps } = this.#request;
    const { signal, onStep } = this.#hooks;
    const losses = await LossFile.open(outputDir, trainer.step);
    while (trainer.step < maxTrainSteps) {
      const started = trainer.step;
      const next = Math.min(
        maxTrainSteps,
        (Math.floor(started / checkpointingSteps) + 1) * checkpointingSteps,
      );
      const end = await trainer.run(next, {
        ...(signal && { signal }),
        onStep: metrics => {
          losses.append(metrics);
          onStep?.(metrics, maxTrainSteps);
        },
      });
      const due = end === 'stopped' || trainer.step % checkpointingSteps === 0;
      if (due && trainer.step > started) await this.#checkpoint(trainer);
      if (end === 'stopped') return end;
    }
    return 'done';
  }

  async #checkpoint(trainer: DreamboothTrainer): Promise<void> {
    const { outputDir, checkpointsTotalLimit } = this.#request;
    if (checkpointsTotalLimit !== null) await makeRoomForCheckpoint(outputDir, checkpointsTotalLimit);
    await trainer.saveCheckpoint(checkpointDir(outputDir, trainer.step));
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

import { TorchGenerator } from '../core/random/torchGenerator.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import type { TrainOptions } from '../stages/job.ts';
import {
  BatchStream,
  type BatchStreamOptions,
  type BatchStreamState,
  type CroppedImage,
} from './batchStream.ts';
import type { TrainerState } from './checkpointState.ts';
import type { TrainingPrompts } from './dreamboothSetup.ts';
import { LatentSource } from './latents.ts';
import { itemWeights } from './loss.ts';
import { type NoiseProcess, noiseProcess } from './noiseProcess.ts';
import type { StepInput } from './stepLoss.ts';
import { drawStep } from './stepNoise.ts';
import type { TrainingImages } from './trainingImages.ts';

export interface StepDataSetup {
  pipeline: StableDiffusionPipeline;
  instances: TrainingImages;
  /** None without prior preservation. */
  classes: TrainingImages;
  options: TrainOptions;
  prompts: Pick<TrainingPrompts, 'ofInstance' | 'ofClass'>;
  /** The training's one random stream. */
  generator: TorchGenerator;
}

/** Where the data of a training stand: what a checkpoint holds of them. */
export type StepDataState = Pick<TrainerState<BatchStreamState>, 'generator' | 'stream'>;

/** The batches of a training with everything random about them, drawn from its one stream in the script's order. */
export class StepData {
  readonly #setup: StepDataSetup;
  readonly #process: NoiseProcess;
  readonly #sources: Record<'instance' | 'class', LatentSource<CroppedImage>>;
  readonly #streamOptions: BatchStreamOptions;
  #generator: TorchGenerator;
  #stream: BatchStream;

  /** @throws E_SCHEDULER for a model that cannot be trained so */
  constructor(setup: StepDataSetup) {
    const { pipeline, instances, classes, options, generator } = setup;
    this.#setup = setup;
    this.#process = noiseProcess(pipeline.schedulerConfig);
    this.#sources = {
      instance: new LatentSource(pipeline.vae, instances, options.resolution),
      class: new LatentSource(pipeline.vae, classes, options.resolution),
    };
    this.#streamOptions = {
      instanceSizes: instances.sizes,
      classSizes: classes.sizes,
      batchSize: options.trainBatchSize,
      resolution: options.resolution,
      centerCrop: options.centerCrop,
    };
    this.#generator = generator;
    this.#stream = new BatchStream(this.#streamOptions, generator);
  }

  /** The next batch, instances first; `lastOfEpoch` ends an accumulation. */
  async next(): Promise<{ input: StepInput; lastOfEpoch: boolean }> {
    const { items, lastOfEpoch } = this.#stream.next();
    const { pipeline, options, prompts } = this.#setup;
    const moments = [];
    for (const { instance } of items) moments.push(await this.#sources.instance.moments(instance));
    for (const item of items) if (item.class) moments.push(await this.#sources.class.moments(item.class));
    const { scalingFactor, midBlockAddAttention: vaeHasAttention } = pipeline.vae.config;
    const drawn = drawStep(
      moments,
      { process: this.#process, scalingFactor, offsetNoise: options.offsetNoise, vaeHasAttention },
      this.#generator,
    );
    const promptOfItem = [
      ...items.map(({ instance }) => prompts.ofInstance[instance.image] ?? 0),
      ...items.flatMap(item => (item.class ? [prompts.ofClass ?? 0] : [])),
    ];
    const weights = itemWeights(drawn.timesteps, this.#process, options);
    return { input: { ...drawn, prompts: promptOfItem, weights }, lastOfEpoch };
  }

  getState(): StepDataState {
    return { generator: this.#generator.getState(), stream: this.#stream.getState() };
  }

  restore({ generator, stream }: StepDataState): void {
    this.#generator = TorchGenerator.fromState(generator);
    this.#stream = new BatchStream(this.#streamOptions, this.#generator, stream);
  }
}

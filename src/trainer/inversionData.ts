import type { Mt19937State } from '../core/random/mt19937.ts';
import { PythonRandom } from '../core/random/pythonRandom.ts';
import { TorchGenerator, type TorchGeneratorState } from '../core/random/torchGenerator.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import type { InversionOptions } from '../stages/job.ts';
import type { FlippedImage, InversionImages } from './inversionImages.ts';
import { LatentSource } from './latents.ts';
import { type LoaderState, LoaderStream } from './loaderStream.ts';
import { type NoiseProcess, noiseProcess } from './noiseProcess.ts';
import type { StepInput } from './stepLoss.ts';
import { drawStep } from './stepNoise.ts';

export interface InversionDataSetup {
  pipeline: StableDiffusionPipeline;
  images: InversionImages;
  options: InversionOptions;
  /** torch's stream, after what was drawn before the training. */
  generator: TorchGenerator;
  /** How many prompts there are to choose from. */
  templates: number;
}

/** One item of the data set: a photo and the prompt it is shown with. */
interface InversionItem extends FlippedImage {
  template: number;
}

/** Where the data of a training stand: what a checkpoint holds of them. */
export interface InversionDataState {
  generator: TorchGeneratorState;
  stream: LoaderState<InversionItem> & { python: Mt19937State };
}

/**
 * The batches of textual inversion with everything random about them, drawn as the script draws it: prompts with
 * Python's generator, everything else from torch's one stream. An epoch shows every photo `repeats` times.
 */
export class InversionData {
  readonly #setup: InversionDataSetup;
  readonly #process: NoiseProcess;
  readonly #latents: LatentSource<FlippedImage>;
  #generator: TorchGenerator;
  #python: PythonRandom;
  #stream: LoaderStream<InversionItem>;

  /** @throws E_SCHEDULER for a model that cannot be trained so */
  constructor(setup: InversionDataSetup) {
    const { pipeline, images, options, generator } = setup;
    this.#setup = setup;
    this.#process = noiseProcess(pipeline.schedulerConfig);
    this.#latents = new LatentSource(pipeline.vae, images, options.resolution);
    this.#generator = generator;
    this.#python = new PythonRandom(options.seed);
    this.#stream = this.#openStream();
  }

  /** The next batch; `lastOfEpoch` ends an accumulation. */
  async next(): Promise<{ input: StepInput; lastOfEpoch: boolean }> {
    const { items, lastOfEpoch } = this.#stream.next();
    const moments = [];
    for (const { image, flipped } of items) moments.push(await this.#latents.moments({ image, flipped }));
    const { scalingFactor, midBlockAddAttention: vaeHasAttention } = this.#setup.pipeline.vae.config;
    const drawn = drawStep(
      moments,
      { process: this.#process, scalingFactor, offsetNoise: false, vaeHasAttention },
      this.#generator,
    );
    const prompts = items.map(({ template }) => template);
    const weights = new Float32Array(items.length).fill(1 / items.length);
    return { input: { ...drawn, prompts, weights }, lastOfEpoch };
  }

  getState(): InversionDataState {
    return {
      generator: this.#generator.getState(),
      stream: { ...this.#stream.getState(), python: this.#python.getState() },
    };
  }

  restore({ generator, stream }: InversionDataState): void {
    const { python, ...loader } = stream;
    this.#generator = TorchGenerator.fromState(generator);
    this.#python = PythonRandom.fromState(python);
    this.#stream = this.#openStream(loader);
  }

  #openStream(state?: LoaderState<InversionItem>): LoaderStream<InversionItem> {
    const { images, options, templates } = this.#setup;
    const generator = this.#generator;
    const photos = images.digests.length;
    return new LoaderStream(
      {
        itemsPerEpoch: photos * options.repeats,
        batchSize: options.trainBatchSize,
        item: index => ({
          template: this.#python.choice(templates),
          image: index % photos,
          flipped: (generator.rand(1)[0] ?? 1) < 0.5,
        }),
      },
      generator,
      state,
    );
  }
}

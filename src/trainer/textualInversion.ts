import { canonicalJson } from '../core/canonicalJson.ts';
import { SweetspotError } from '../core/errors.ts';
import { sha256Hex } from '../core/hash.ts';
import { TorchGenerator } from '../core/random/torchGenerator.ts';
import {
  addPlaceholder,
  EMBEDDINGS_FILE,
  type LearnedEmbeddings,
  placeholderTokens,
  readEmbeddings,
  writeEmbeddings,
} from '../diffusion/learnedEmbeddings.ts';
import { type CLIPTextModel, resizeTokenEmbeddings } from '../diffusion/models/index.ts';
import { Parameter } from '../diffusion/nn/parameter.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';
import type { CLIPTokenizer } from '../diffusion/tokenizer/clipTokenizer.ts';
import { effectiveInversionOptions } from '../stages/effectiveOptions.ts';
import type { InversionOptions } from '../stages/job.ts';
import { readMatchingState, writeTrainerState } from './checkpointState.ts';
import { createStep } from './createStep.ts';
import { checkModel, lrSchedule } from './dreamboothSetup.ts';
import { InversionData, type InversionDataState } from './inversionData.ts';
import { InversionImages } from './inversionImages.ts';
import { learningRateAt } from './lrSchedule.ts';
import { OPTIMIZER_FILE, readMoments, writeMoments } from './optimizerFile.ts';
import { PROMPT_TEMPLATES } from './promptTemplates.ts';
import { drawResize } from './resizeDraws.ts';
import type { StepComputation } from './stepComputation.ts';
import { type StepInput, stepFeeds, stepLoss } from './stepLoss.ts';
import { TemplateEmbeddings } from './templateEmbeddings.ts';
import { namedWeights, namesOf, type TrainedGroup } from './trainedGroups.ts';
import { type RunHooks, runUpdates, type Trainer, type Updates } from './trainer.ts';
import { pipelineIdentity } from './trainingIdentity.ts';

export interface InversionSetup {
  /** The base model; its weights stay as they are. */
  pipeline: StableDiffusionPipeline;
  /** Paths in training order. */
  images: readonly string[];
  options: InversionOptions;
  /** Computes activations twice instead of keeping them; no number depends on it. Default: false. */
  gradientCheckpointing?: boolean;
  /** Optimizer updates after which the training ends: the learning rate's horizon unless the options name one. */
  maxTrainSteps: number;
  /** Backend, versions and threads in a line; kept in checkpoints, for bits are promised only under the same. */
  environment?: string;
}

/**
 * Textual inversion (Gal et al. 2022) as diffusers' textual_inversion.py does it in float32 on one process: embeddings of
 * a new word are trained, everything else stays. The same random draws in the same order, the same losses.
 */
export class TextualInversionTrainer implements Trainer {
  /** SHA-256 of the photos, in the order of training. */
  readonly photos: readonly string[];
  readonly #setup: InversionSetup;
  /** The base's, with a row for the word. */
  readonly #textEncoder: CLIPTextModel;
  readonly #word: Parameter;
  readonly #groups: readonly TrainedGroup[];
  readonly #prompts: TemplateEmbeddings;
  readonly #data: InversionData;
  readonly #computation: StepComputation<StepInput>;
  readonly #digest: string;
  readonly #updates: Updates;
  #step = 0;

  /**
   * Reads all photos and adds the word to the tokenizer.
   * @throws E_IMAGE, E_MISSING for the photos; E_MODEL for a model that cannot be trained; E_OPTION, also for a word that
   *   is a token already, and for an initializer of several tokens
   */
  static async create(setup: InversionSetup): Promise<TextualInversionTrainer> {
    if (setup.images.length === 0) {
      throw new SweetspotError('E_MISSING', 'no pictures to train on', { place: 'train_data_dir' });
    }
    checkModel(setup.pipeline);
    return new TextualInversionTrainer(setup, await InversionImages.open(setup.images, setup.options));
  }

  private constructor(setup: InversionSetup, images: InversionImages) {
    const { pipeline, options } = setup;
    const { placeholderToken, initializerToken, numVectors } = options;
    this.#setup = setup;
    this.photos = images.digests;
    const horizon = options.lrScheduleSteps ?? setup.maxTrainSteps;
    const schedule = lrSchedule({ ...options, lrPower: 1 }, horizon);
    learningRateAt(schedule, 0); // refuses an impossible schedule before anything is computed
    const tokenizer = addPlaceholder(pipeline.tokenizer, placeholderToken, numVectors);
    const firstId = tokenizer.tokenId(placeholderToken) ?? 0;
    const initializerId = initializerOf(tokenizer, initializerToken, firstId);
    this.#digest = sha256Hex(
      canonicalJson({
        options: { ...effectiveInversionOptions(options, horizon) },
        images: [...images.digests],
        ...pipelineIdentity(pipeline),
      }),
    );

    const generator = new TorchGenerator(options.seed);
    drawResize(pipeline.textEncoder, tokenizer.vocabSize, generator);
    this.#textEncoder = resizeTokenEmbeddings(pipeline.textEncoder, tokenizer.vocabSize);
    const { hiddenSize } = pipeline.textEncoder.config;
    const initial = this.#textEncoder.tokenEmbeddings
      .get()
      .slice(initializerId * hiddenSize, (initializerId + 1) * hiddenSize);
    this.#word = new Parameter('embeddings', [numVectors, hiddenSize], 'plain');
    this.#word.set(
      Float32Array.from({ length: numVectors * hiddenSize }, (_, i) => initial[i % hiddenSize] ?? 0),
    );

    const name = placeholderTokens(placeholderToken, numVectors).join(' ');
    const prompts = PROMPT_TEMPLATES[options.learnableProperty].map(text => text.replace('{}', () => name));
    const word = { weight: this.#word, firstId };
    this.#prompts = new TemplateEmbeddings({ tokenizer, textEncoder: this.#textEncoder }, prompts, word);
    this.#data = new InversionData({ pipeline, images, options, generator, templates: prompts.length });
    this.#groups = [{ part: 'text_encoder', parameters: [this.#word] }];
    this.#computation = createStep({
      feeds: input => stepFeeds(input, this.#prompts),
      loss: feeds => stepLoss(feeds, { unet: pipeline.unet, prompts: this.#prompts }),
      groups: this.#groups.map(namedWeights),
      frozen: [
        ...namedWeights({ part: 'unet', parameters: pipeline.unet.parameters }),
        ...namedWeights({ part: 'text_encoder', parameters: this.#textEncoder.parameters }),
      ],
      identity: ['textual inversion', pipeline.unet.config, this.#textEncoder.config],
      // The script does not clip.
      options: { ...options, maxGradNorm: Number.POSITIVE_INFINITY },
      gradientCheckpointing: setup.gradientCheckpointing ?? false,
    });
    this.#updates = {
      data: this.#data,
      computation: this.#computation,
      accumulation: options.gradientAccumulationSteps,
      step: () => this.#step,
      made: () => this.#step++,
      rate: () => learningRateAt(schedule, this.#step),
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

  /** What was learned so far; a copy. */
  get embeddings(): LearnedEmbeddings {
    const { placeholderToken: token, numVectors: count } = this.#setup.options;
    const vectors = this.#word.get();
    return { token, vectors, count, width: vectors.length / count };
  }

  /** @throws E_NOT_FINITE when the loss or the gradients are NaN or infinite; the embeddings are those of the last good step */
  run(until: number, hooks: RunHooks = {}): Promise<'done' | 'stopped'> {
    return runUpdates(until, this.#updates, hooks);
  }

  /** Writes `learned_embeds.safetensors` into the folder. */
  async saveWeights(dir: string): Promise<void> {
    await writeEmbeddings(`${dir}/${EMBEDDINGS_FILE}`, this.embeddings);
  }

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

  async restoreCheckpoint(dir: string, choice: { anyEnvironment?: boolean } = {}): Promise<void> {
    const state = await readMatchingState<InversionDataState['stream']>(
      dir,
      { training: this.#digest, environment: this.#setup.environment ?? '' },
      choice,
    );
    const { vectors } = readEmbeddings(`${dir}/${EMBEDDINGS_FILE}`);
    this.#computation.restoreOptimizer(readMoments(`${dir}/${OPTIMIZER_FILE}`, namesOf(this.#groups)));
    this.#word.set(vectors);
    this.#data.restore(state);
    this.#step = state.step;
  }

  /** Frees moments and embeddings; the base model stays. */
  dispose(): void {
    this.#computation.dispose();
    this.#word.dispose();
    this.#textEncoder.tokenEmbeddings.dispose();
  }
}

function initializerOf(tokenizer: CLIPTokenizer, text: string, firstId: number): number {
  const ids = tokenizer.tokenize(text);
  const [id = firstId] = ids;
  if (ids.length === 1 && id < firstId) return id;
  throw new SweetspotError('E_OPTION', 'the initializer has to be one token that the model knows', {
    place: 'initializer_token',
    allowed: 'one short common word, such as cat',
    got: `${JSON.stringify(text)}, ${ids.length} tokens`,
  });
}

import { EMA_DEFAULTS, type EmaOptions } from './ema.ts';
import { type StageIdentity, type StageNode, stageKey } from './identity.ts';
import type { TrainOptions } from './job.ts';

/** Raised when the same options begin to give other weights. */
const SEMANTICS = 1;

/** All that the weights at every step of a training depend on. */
export interface TrajectoryInput {
  /** Digest of the model folder. */
  model: string;
  /** Digest of the contents of the instance images, in the order of use. */
  instance: string;
  /** Digest of the contents of own class images, in the order of use; null without. */
  class: string | null;
  instancePrompt: string;
  /** Each photo's own prompt; null where all have the instance prompt. */
  instanceCaptions: readonly string[] | null;
  /** Null without prior preservation. */
  classPrompt: string | null;
  /** As they take effect: see effectiveOptions. */
  options: TrainOptions;
  /** Generated class images, in order. */
  classImageBlocks: readonly string[];
  /** The stage of a textual inversion whose word the model knows when training begins; null: the model as it is. */
  embeddings: string | null;
}

function trajectoryIdentity(input: TrajectoryInput): StageIdentity {
  const { scaleLr: _, ...options } = withoutLaterDefaults(input.options);
  return {
    kind: 'dreambooth',
    semantics: SEMANTICS,
    parameters: {
      ...options,
      instancePrompt: input.instancePrompt,
      ...(input.instanceCaptions && { instanceCaptions: input.instanceCaptions }),
      classPrompt: input.classPrompt,
      precision: 'float32',
    },
    digests: {
      model: input.model,
      instance: input.instance,
      ...(input.class !== null && { class: input.class }),
    },
    needs: [...input.classImageBlocks, ...(input.embeddings === null ? [] : [input.embeddings])],
  };
}

/** Options that came later are in a key only where they are used: what was trained before them keeps its name. */
function withoutLaterDefaults(options: TrainOptions): Partial<TrainOptions> {
  const added: Partial<TrainOptions> = {
    ...EMA_DEFAULTS,
    textEncoderLearningRate: null,
    captionExtension: null,
    use8bitAdam: false,
    mixedPrecision: 'no',
  };
  const used: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!(name in added) || value !== added[name as keyof TrainOptions]) used[name] = value;
  }
  return used;
}

/**
 * The name of a training run, whatever its length. `max_train_steps` is in it only as far as the learning rate depends
 * on it: then it is the horizon that effectiveOptions puts into `lrScheduleSteps`.
 */
export const trajectoryKey = (input: TrajectoryInput): string => stageKey(trajectoryIdentity(input));

/**
 * The stage of a trajectory's weights after `step` updates, or of an average of them up to there. What the run was cut
 * into is not in its identity, and that averages are kept is not in the weights'.
 */
export function snapshotStage(
  input: TrajectoryInput,
  trajectory: string,
  step: number,
  label: string,
  average: EmaOptions | null = null,
): StageNode {
  const base = trajectoryIdentity(input);
  const parameters = { ...base.parameters, trajectory, step, ...(average && { average }) };
  const identity = { ...base, parameters };
  return { ...identity, key: stageKey(identity), label };
}

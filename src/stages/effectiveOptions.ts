import { EMA_DEFAULTS } from './ema.ts';
import type { InversionOptions, LrSchedulerName, TrainOptions } from './job.ts';

/** Whether the learning rate at a step depends on how many steps the schedule has. */
export const needsHorizon = (scheduler: LrSchedulerName): boolean =>
  scheduler !== 'constant' && scheduler !== 'constant_with_warmup';

/** The options that say how the learning rate runs. */
type ScheduleOptions = Pick<
  TrainOptions,
  | 'trainBatchSize'
  | 'gradientAccumulationSteps'
  | 'learningRate'
  | 'scaleLr'
  | 'lrScheduler'
  | 'lrWarmupSteps'
  | 'lrNumCycles'
  | 'lrPower'
  | 'lrScheduleSteps'
>;

/**
 * The options as they take effect, so that equal maths gives equal options: what has no effect is at its default, the
 * learning rate is multiplied out (train_dreambooth.py: rate x accumulation x batch size), and a schedule that needs a
 * horizon has it in `lrScheduleSteps`.
 */
export function effectiveOptions(options: TrainOptions, maxTrainSteps: number): TrainOptions {
  const { withPriorPreservation } = options;
  return {
    resolution: options.resolution,
    centerCrop: options.centerCrop,
    trainTextEncoder: options.trainTextEncoder,
    ...effectiveSchedule(options, maxTrainSteps),
    textEncoderLearningRate: textEncoderRate(options),
    adamBeta1: options.adamBeta1,
    adamBeta2: options.adamBeta2,
    adamWeightDecay: options.adamWeightDecay,
    adamEpsilon: options.adamEpsilon,
    use8bitAdam: options.use8bitAdam,
    mixedPrecision: options.mixedPrecision,
    maxGradNorm: options.maxGradNorm,
    withPriorPreservation,
    priorLossWeight: withPriorPreservation ? options.priorLossWeight : 1,
    numClassImages: withPriorPreservation ? options.numClassImages : 100,
    offsetNoise: options.offsetNoise,
    snrGamma: options.snrGamma,
    // The captions themselves stand for it.
    captionExtension: null,
    // Training does not see an average of its weights.
    ...EMA_DEFAULTS,
    seed: options.seed,
  };
}

/** Null where it is that of the UNet, or nothing is trained at it. */
function textEncoderRate(options: TrainOptions): number | null {
  const { trainTextEncoder, textEncoderLearningRate: rate, learningRate } = options;
  return !trainTextEncoder || rate === null || rate === learningRate ? null : rate * rateFactor(options);
}

/** What `scale_lr` multiplies learning rates by. */
const rateFactor = ({ scaleLr, gradientAccumulationSteps, trainBatchSize }: ScheduleOptions): number =>
  scaleLr ? gradientAccumulationSteps * trainBatchSize : 1;

function effectiveSchedule(options: ScheduleOptions, maxTrainSteps: number): ScheduleOptions {
  const { trainBatchSize, gradientAccumulationSteps, lrWarmupSteps } = options;
  const lrScheduler =
    options.lrScheduler === 'constant_with_warmup' && lrWarmupSteps === 0 ? 'constant' : options.lrScheduler;
  return {
    trainBatchSize,
    gradientAccumulationSteps,
    learningRate: options.learningRate * rateFactor(options),
    scaleLr: false,
    lrScheduler,
    lrWarmupSteps: lrScheduler === 'constant' ? 0 : lrWarmupSteps,
    lrNumCycles: lrScheduler === 'cosine_with_restarts' ? options.lrNumCycles : 1,
    lrPower: lrScheduler === 'polynomial' ? options.lrPower : 1,
    lrScheduleSteps: needsHorizon(lrScheduler) ? (options.lrScheduleSteps ?? maxTrainSteps) : null,
  };
}

/** {@link effectiveOptions} of a textual inversion, which has no choice of the polynomial's power. */
export function effectiveInversionOptions(
  options: InversionOptions,
  maxTrainSteps: number,
): InversionOptions {
  const { lrPower: _, ...schedule } = effectiveSchedule({ ...options, lrPower: 1 }, maxTrainSteps);
  return { ...options, ...schedule };
}

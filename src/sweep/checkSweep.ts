import type { ResolvedSampler } from '../stages/sampler.ts';
import type { Diagnostics } from './diagnostics.ts';
import { trainingPoints } from './expand.ts';
import { show } from './schemaIssues.ts';
import type { Grid, OptionValue, Sweep, TrainingOptions } from './types.ts';
import type { Path, YamlSource } from './yamlSource.ts';

/** More than a person can look at, and about what a plan can hold in memory. */
const MAX_CELLS = 1_000_000;

/** Where a polynomial schedule ends (diffusers, get_polynomial_decay_schedule_with_warmup). */
const POLYNOMIAL_END = 1e-7;

/** Whether the grid is small enough to be written out; complains if it is not. */
export function checkSize(sweep: Sweep, source: YamlSource, diagnostics: Diagnostics): boolean {
  const { seeds, ...samplers } = sweep.sample;
  const prompts = sweep.subjects.reduce((sum, { prompts }) => sum + prompts.length, 0);
  const cells = product(sweep.train) * product(samplers) * seeds.length * prompts;
  if (cells <= MAX_CELLS) return true;
  diagnostics.add(source.keyAt(['train']), {
    what: 'the sweep is too large',
    expected: `at most ${MAX_CELLS} pictures`,
    got: `${cells} before zip and exclude`,
  });
  return false;
}

const product = <T>(grid: Grid<T>): number =>
  Object.values<OptionValue[]>(grid as Record<string, OptionValue[]>).reduce(
    (size, list) => size * list.length,
    1,
  );

/** Values and combinations that could not be trained or sampled with this model. */
export function checkSweep(sweep: Sweep, source: YamlSource, diagnostics: Diagnostics): void {
  const { info } = sweep.model;
  const each = (
    path: Path,
    list: readonly number[],
    allowed: (value: number) => boolean,
    expected: string,
  ): void => {
    for (const [i, value] of list.entries()) {
      if (allowed(value)) continue;
      diagnostics.add(source.valueAt([...path, i]), {
        what: `${path.at(-1)} does not fit the model`,
        expected,
        got: String(value),
      });
    }
  };
  const fitsVae = (value: number): boolean => value % info.vaeFactor === 0;
  const multiple = `a multiple of ${info.vaeFactor}, its VAE's factor`;
  each(['train', 'resolution'], sweep.train.resolution, fitsVae, multiple);
  each(['sample', 'width'], sweep.sample.width, fitsVae, multiple);
  each(['sample', 'height'], sweep.sample.height, fitsVae, multiple);

  const inSchedule = (value: number): boolean => value <= info.numTrainTimesteps;
  const atMost = `at most ${info.numTrainTimesteps}, its training timesteps`;
  each(['sample', 'num_inference_steps'], sweep.sample.numInferenceSteps, inSchedule, atMost);
  each(['train', 'class_num_inference_steps'], sweep.train.classNumInferenceSteps, inSchedule, atMost);

  checkSchedulers(sweep, source, diagnostics);
  checkTrainings(sweep, source, diagnostics);
}

function checkSchedulers({ model, sample }: Sweep, source: YamlSource, diagnostics: Diagnostics): void {
  const schedulers: (ResolvedSampler['scheduler'] | null)[] = sample.scheduler;
  if (!schedulers.includes(null)) return;
  diagnostics.add(source.keyAt(['sample']), {
    what: `the model's own scheduler, ${model.info.schedulerClass}, is not one of ours`,
    expected: 'a scheduler named under sample',
  });
}

function checkTrainings(sweep: Sweep, source: YamlSource, diagnostics: Diagnostics): void {
  const points = trainingPoints(sweep);
  if (points.length === 0 && sweep.subjects.length > 0) {
    diagnostics.add(source.keyAt(['exclude']), { what: 'exclude leaves nothing to train' });
  }
  const reported = new Set<string>();
  const once = (id: string, report: () => void): void => {
    if (!reported.has(id)) report();
    reported.add(id);
  };
  for (const { subject, options } of points) {
    if (options.withPriorPreservation && subject.classPrompt === null) {
      once(`class ${subject.name}`, () => {
        diagnostics.add(source.valueAt(['train', 'with_prior_preservation']), {
          what: `prior preservation needs a class prompt, and the subject ${subject.name} has none`,
          expected: `class_prompt under subjects.${subject.name}`,
          hint: 'For example: class_prompt: a photo of a cat',
        });
      });
    }
    if (
      options.withPriorPreservation &&
      subject.classDataDir === null &&
      sweep.model.info.scheduler === null
    ) {
      once('scheduler', () => {
        diagnostics.add(source.valueAt(['train', 'with_prior_preservation']), {
          what: `class images are made with the model's own scheduler, ${sweep.model.info.schedulerClass}, which we lack`,
          expected: 'class_data_dir with own class images',
        });
      });
    }
    const rate = effectiveRate(options);
    if (options.lrScheduler === 'polynomial' && rate <= POLYNOMIAL_END) {
      once(`polynomial ${rate}`, () => {
        diagnostics.add(source.valueAt(['train', 'learning_rate']), {
          what: 'a polynomial schedule ends at 1e-7 and cannot start from there',
          expected: 'a learning rate above 1e-7',
          got: show(rate),
        });
      });
    }
  }
}

const effectiveRate = ({
  learningRate,
  scaleLr,
  trainBatchSize,
  gradientAccumulationSteps,
}: TrainingOptions): number =>
  scaleLr ? learningRate * gradientAccumulationSteps * trainBatchSize : learningRate;

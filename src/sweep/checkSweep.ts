import type { ResolvedSampler } from '../stages/sampler.ts';
import type { Diagnostics, Problem } from './diagnostics.ts';
import { trainingPoints } from './expand.ts';
import { show } from './schemaIssues.ts';
import type { OptionValue, Subject, Sweep, TrainingOptions } from './types.ts';
import type { Path, Position, YamlSource } from './yamlSource.ts';

/** More than a person can look at, and about what a plan can hold in memory. */
const MAX_CELLS = 1_000_000;

/** Where a polynomial schedule ends (diffusers, get_polynomial_decay_schedule_with_warmup). */
const POLYNOMIAL_END = 1e-7;

/** Whether the grid is small enough to be written out; complains if it is not. */
export function checkSize(sweep: Sweep, source: YamlSource, diagnostics: Diagnostics): boolean {
  const { seeds, ...samplers } = sweep.sample;
  const trainings = sweep.subjects.reduce(
    (sum, { prompts, train }) => sum + prompts.length * product({ ...sweep.train, ...train }),
    0,
  );
  const cells = trainings * product(samplers) * seeds.length;
  if (cells <= MAX_CELLS) return true;
  diagnostics.add(source.keyAt(['train']), {
    what: 'the sweep is too large',
    expected: `at most ${MAX_CELLS} pictures`,
    got: `${cells} before zip and exclude`,
  });
  return false;
}

const product = (lists: Record<string, OptionValue[]>): number =>
  Object.values(lists).reduce((size, list) => size * list.length, 1);

/** Values and combinations that could not be trained or sampled with this model. */
export function checkSweep(sweep: Sweep, source: YamlSource, diagnostics: Diagnostics): void {
  const { info } = sweep.model;
  const each = (
    path: Path,
    list: readonly OptionValue[],
    allowed: (value: number) => boolean,
    expected: string,
  ): void => {
    for (const [i, value] of list.entries()) {
      if (typeof value !== 'number' || allowed(value)) continue;
      diagnostics.add(source.valueAt([...path, i]), {
        what: `${path.at(-1)} does not fit the model`,
        expected,
        got: String(value),
      });
    }
  };
  const fitsVae = (value: number): boolean => value % info.vaeFactor === 0;
  const multiple = `a multiple of ${info.vaeFactor}, its VAE's factor`;
  const inSchedule = (value: number): boolean => value <= info.numTrainTimesteps;
  const atMost = `at most ${info.numTrainTimesteps}, its training timesteps`;
  const blocks: [Path, Readonly<Record<string, OptionValue[]>>][] = [
    [['train'], sweep.train],
    ...sweep.subjects.map(({ name, train }): [Path, typeof train] => [['subjects', name, 'train'], train]),
    ...sweep.include.map((rule, i): [Path, Record<string, OptionValue[]>] => [
      ['include', i],
      Object.fromEntries(Object.entries(rule).map(([field, value]) => [field, [value]])),
    ]),
  ];
  for (const [path, lists] of blocks) {
    const { resolution, textualInversionResolution, classNumInferenceSteps } = lists;
    each([...path, 'resolution'], resolution ?? [], fitsVae, multiple);
    each([...path, 'textual_inversion_resolution'], textualInversionResolution ?? [], fitsVae, multiple);
    each([...path, 'class_num_inference_steps'], classNumInferenceSteps ?? [], inSchedule, atMost);
  }
  each(['sample', 'width'], sweep.sample.width, fitsVae, multiple);
  each(['sample', 'height'], sweep.sample.height, fitsVae, multiple);
  each(['sample', 'num_inference_steps'], sweep.sample.numInferenceSteps, inSchedule, atMost);
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
  // Where a rule is at fault already, this would only say the same again.
  if (points.length === 0 && sweep.subjects.length > 0 && !diagnostics.any) {
    diagnostics.add(...nothingLeft(sweep, source));
  }
  const reported = new Set<string>();
  const once = (id: string, report: () => void): void => {
    if (!reported.has(id)) report();
    reported.add(id);
  };
  for (const { subject, options } of points) {
    if (options.withPriorPreservation && subject.classPrompt === null) {
      once(`class ${subject.name}`, () => {
        diagnostics.add(placeOf('with_prior_preservation', subject, source), {
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
        diagnostics.add(placeOf('with_prior_preservation', subject, source), {
          what: `class images are made with the model's own scheduler, ${sweep.model.info.schedulerClass}, which we lack`,
          expected: 'class_data_dir with own class images',
        });
      });
    }
    checkInversion(subject, options, (name, problem) =>
      once(`${problem.what} ${subject.name}`, () => {
        diagnostics.add(placeOf(name, subject, source), problem);
      }),
    );
    const rate = effectiveRate(options);
    if (options.lrScheduler === 'polynomial' && rate <= POLYNOMIAL_END) {
      once(`polynomial ${rate}`, () => {
        diagnostics.add(placeOf('learning_rate', subject, source), {
          what: 'a polynomial schedule ends at 1e-7 and cannot start from there',
          expected: 'a learning rate above 1e-7',
          got: show(rate),
        });
      });
    }
  }
}

/** A textual inversion needs its two tokens, and a prompt that uses the word; without one 0 steps train nothing. */
function checkInversion(
  subject: Subject,
  options: TrainingOptions,
  report: (name: string, problem: Problem) => void,
): void {
  const {
    textualInversionMaxTrainSteps: steps,
    textualInversionPlaceholderToken: placeholder,
    textualInversionInitializerToken: initializer,
  } = options;
  if (steps === 0) {
    if (options.maxTrainSteps > 0) return;
    report('max_train_steps', {
      what: 'max_train_steps 0 trains nothing',
      expected: 'at least 1, or a textual_inversion to be seen alone',
    });
    return;
  }
  const missing =
    placeholder === null ? 'placeholder_token' : initializer === null ? 'initializer_token' : null;
  if (missing !== null) {
    report('textual_inversion_max_train_steps', {
      what: `textual_inversion needs ${missing === 'placeholder_token' ? 'a placeholder_token' : 'an initializer_token'}`,
      expected:
        missing === 'placeholder_token'
          ? 'a new word, such as <moji>'
          : 'a word that it begins as, such as cat',
    });
  } else if (
    placeholder !== null &&
    options.maxTrainSteps > 0 &&
    !subject.instancePrompt.includes(placeholder)
  ) {
    report('textual_inversion_placeholder_token', {
      what: `the instance prompt of ${subject.name} does not use the word that textual_inversion learns`,
      expected: `${placeholder} in "${subject.instancePrompt}"`,
      hint: `For example: instance_prompt: a photo of ${placeholder}`,
    });
  }
}

/** Where a subject's value of an option is given: in its own block, under train, or by the preset. */
function placeOf(name: string, subject: Subject, source: YamlSource): Position {
  const places: Path[] = [['subjects', subject.name, 'train', name], ['train', name], ['preset']];
  return source.valueAt(places.find(path => source.has(path)) ?? ['train', name]);
}

/** Which of the rules is to blame cannot be told: the first of those that there are is named. */
function nothingLeft(sweep: Sweep, source: YamlSource): [Position, Problem] {
  const [argument] = sweep.commandLine.filter(text => !text.startsWith('-S '));
  if (argument !== undefined && (sweep.selection.only.length > 0 || sweep.selection.exclude.length > 0)) {
    return [{ line: 1, column: 1, argument }, { what: 'leaves nothing to train' }];
  }
  const rule = sweep.exclude.length > 0 ? 'exclude' : 'when';
  return [source.keyAt([rule]), { what: `${rule} leaves nothing to train` }];
}

const effectiveRate = ({
  learningRate,
  scaleLr,
  trainBatchSize,
  gradientAccumulationSteps,
}: TrainingOptions): number =>
  scaleLr ? learningRate * gradientAccumulationSteps * trainBatchSize : learningRate;

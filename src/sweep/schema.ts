import * as z from 'zod';
import { SCORE_NAMES } from '../stages/scores.ts';
import { BOUNDS } from './conditions.ts';
import { promptScalar, sampleScalars, seedScalar, trainScalars } from './options.ts';
import { PRESETS } from './presets.ts';
import { idleOptions } from './scriptOptions.ts';

/**
 * The shape of a sweep file, names as in the file; readSweep.ts makes the typed {@link Sweep} of it. Unions of an axis
 * are always in the order [one value, list, log range, stepped range], of a condition [one value, list, bounds]:
 * schemaIssues.ts picks the branch by the input.
 */
const NAME = 'letters, digits, dots, dashes and underscores, no dot first, at most 100';
const name = z.string({ error: NAME }).regex(/^[\p{L}\p{N}_-][\p{L}\p{N}._-]{0,99}$/u, { error: NAME });
const text = z.string({ error: 'text' });
const filled = text.regex(/\S/, { error: 'text that is not empty' });
const EMPTY_LIST = { error: 'at least one value' };

const MAX_VALUES = 10_000;
const rangeNumber = z.number({ error: 'a number' });
const logRange = z
  .strictObject({
    log: z.tuple(
      [
        z.number({ error: 'a number above 0' }).gt(0, { error: 'a number above 0' }),
        z.number({ error: 'a number above 0' }).gt(0, { error: 'a number above 0' }),
      ],
      { error: 'a list of two numbers above 0' },
    ),
    count: z
      .int({ error: `a whole number from 2 to ${MAX_VALUES}` })
      .gte(2, { error: `a whole number from 2 to ${MAX_VALUES}` })
      .lte(MAX_VALUES, { error: `a whole number from 2 to ${MAX_VALUES}` }),
  })
  .meta({ id: 'log_range' });
const steppedRange = z
  .strictObject({
    from: rangeNumber,
    to: rangeNumber,
    by: z.number({ error: 'a number above 0' }).gt(0, { error: 'a number above 0' }),
  })
  .meta({ id: 'stepped_range' });

const isNumeric = (schema: z.ZodType): boolean => {
  const inner = schema instanceof z.ZodNullable ? schema.unwrap() : schema;
  return inner instanceof z.ZodNumber;
};

/** One value, a list, or (for numbers) a range. */
function axis(scalar: z.ZodType): z.ZodType {
  const list = z.array(scalar, { error: 'a list' }).min(1, EMPTY_LIST);
  const branches: [z.ZodType, z.ZodType, ...z.ZodType[]] = [scalar, list];
  if (isNumeric(scalar)) branches.push(logRange, steppedRange);
  const union = z.union(branches);
  return scalar.description ? union.describe(scalar.description) : union;
}

const bounds = z
  .strictObject(
    Object.fromEntries(BOUNDS.map(bound => [bound, rangeNumber.optional()])) as Record<
      (typeof BOUNDS)[number],
      z.ZodOptional<typeof rangeNumber>
    >,
  )
  .meta({ id: 'bounds' });

/** Which values of an option a rule means: one, several, or (for numbers) those within bounds. */
function condition(scalar: z.ZodType): z.ZodType {
  const list = z.array(scalar, { error: 'a list' }).min(1, EMPTY_LIST);
  return z.union(isNumeric(scalar) ? [scalar, list, bounds] : [scalar, list]);
}

const mapValues = <T>(
  record: Record<string, z.ZodType>,
  change: (schema: z.ZodType) => T,
): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, schema]) => [key, change(schema)]));

const prompts = z.union([promptScalar, z.array(promptScalar).min(1, EMPTY_LIST)]).optional();
const optionalScalars = mapValues(trainScalars, s => s.optional());
const conditions = z
  .strictObject(
    {
      subject: condition(text).optional(),
      ...mapValues({ ...trainScalars, ...sampleScalars }, s => condition(s).optional()),
    },
    { error: 'a block of options and the values they have' },
  )
  .meta({ id: 'conditions' });
const optionalAxis = (scalar: z.ZodType): z.ZodType => axis(scalar).optional();

/** max_train_steps is wanted here unless a preset gives it, which readSweep.ts sees to. */
const trainAxes = { ...mapValues(trainScalars, optionalAxis), ...idleOptions(Object.keys(trainScalars)) };
const train = z.strictObject(trainAxes, { error: 'a block of options' }).meta({ id: 'train' });

/** Under `train:` of the sweep there is, besides, what is no axis. */
const trainOfAll = z.strictObject(
  {
    ...trainAxes,
    gradient_checkpointing: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe('Of all trainings: less memory for a third more time, the same numbers. Default: false.'),
  },
  { error: 'a block of options' },
);

const subject = z.strictObject(
  {
    instance_data_dir: filled.describe('Folder with the photos, relative to this file.'),
    instance_prompt: filled,
    class_prompt: filled.optional().describe('Wanted where prior preservation is on.'),
    class_data_dir: filled.optional().describe('Own prior images in place of generated ones.'),
    held_out_dir: filled.optional().describe('Further photos, never trained on, to score by.'),
    prompts: prompts.describe("This subject's, in place of those under sample."),
    train: train.optional().describe("This subject's own values, in place of those under train."),
  },
  { error: 'a block with instance_data_dir and instance_prompt' },
);

const sample = z.strictObject(
  {
    prompts,
    ...mapValues(sampleScalars, optionalAxis),
    seeds: optionalAxis(seedScalar),
    sample_batch_size: z
      .int({ error: 'a whole number above 0' })
      .gte(1, { error: 'a whole number above 0' })
      .optional()
      .describe('Pictures made at once.'),
  },
  { error: 'a block of options' },
);

const SCORE_LIST = `a list of scores (${SCORE_NAMES.join(', ')})`;
const scoreName = z.enum(SCORE_NAMES, { error: `one of ${SCORE_NAMES.join(', ')}` });
const scoreList = z.array(scoreName, { error: SCORE_LIST }).min(1, EMPTY_LIST);
const scoreBlock = z
  .strictObject(
    {
      metrics: scoreList.optional().describe('Scores to compute. Default: clip_i and clip_t.'),
      scorer: filled
        .optional()
        .describe(
          "Folder of a CLIP in transformers' layout, relative to this file. Default: the model's own.",
        ),
      dino: filled.optional().describe("Folder of a ViT in transformers' layout, for dino_i."),
      other_prompts: prompts.describe('Prompts without the subject, for leak and other_prompts.'),
    },
    { error: `${SCORE_LIST}, or a block with metrics` },
  )
  .meta({ id: 'score' });

const PRESET_NAMES = Object.keys(PRESETS);
const axisName = z.string({ error: 'the name of an option' });

export const sweepSchema = z.strictObject(
  {
    name: name.describe('Of the sweep and of its report folder.'),
    model: filled.describe('pocket (built in), or a folder in diffusers layout, relative to this file.'),
    subjects: z
      .record(name, subject, { error: 'a block with a subject in it' })
      .refine(subjects => Object.keys(subjects).length > 0, { error: 'at least one subject' }),
    preset: z
      .enum(PRESET_NAMES, { error: `one of ${PRESET_NAMES.join(', ')}` })
      .optional()
      .describe('Known values for training options that this file leaves out.'),
    train: trainOfAll.optional(),
    sample: sample.optional(),
    score: z
      .union([scoreBlock, scoreList])
      .optional()
      .describe('What pictures are measured by (docs/scores.md).'),
    baseline: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe('Sample the untrained model, too. Default: true.'),
    zip: z
      .array(
        z.array(axisName, { error: 'a list of option names' }).min(2, { error: 'at least two option names' }),
        { error: 'a list of lists of option names' },
      )
      .optional()
      .describe('Axes that move together.'),
    exclude: z
      .array(conditions, { error: 'a list of blocks of values' })
      .optional()
      .describe('Combinations to leave out; a block matches where all its values do.'),
    when: z
      .array(z.strictObject({ if: conditions, only: conditions }, { error: 'a block with if and only' }), {
        error: 'a list of blocks with if and only',
      })
      .optional()
      .describe('Combinations that meet `if` are kept only where they meet `only`.'),
    include: z
      .array(z.strictObject({ subject: text.optional(), ...optionalScalars }), {
        error: 'a list of blocks of values',
      })
      .optional()
      .describe('Further combinations; what a block does not name takes all values it has under train.'),
    keep_state: z
      .enum(['last', 'all', 'none'], { error: 'one of last, all, none' })
      .optional()
      .describe('Which snapshots can be trained on from. Default: last.'),
    notes: text
      .optional()
      .describe('Markdown for the report; may quote cells, grids, charts and claims (docs/report.md).'),
  },
  { error: 'a block with name, model, subjects, train and sample' },
);

export type SweepFile = z.infer<typeof sweepSchema>;

/** Names allowed in a block, by where it is; empty where anything is (subjects' names). */
export function knownKeys(path: readonly (string | number)[]): string[] {
  const [block, second] = path;
  if (path.length === 0) return Object.keys(sweepSchema.shape);
  if (block === 'subjects' && path.length === 2) return Object.keys(subject.shape);
  if (block === 'train' && path.length === 1) return Object.keys(train.shape);
  if (block === 'score') return Object.keys(scoreBlock.shape);
  if (block === 'sample' && path.length === 1) return Object.keys(sample.shape);
  if (block === 'subjects' && path[2] === 'train' && path.length === 3) return Object.keys(train.shape);
  if (block === 'when' && path.length === 2) return ['if', 'only'];
  if (isConditions(path)) return Object.keys(conditions.shape);
  if (block === 'exclude' || block === 'when') return [...BOUNDS];
  if (block === 'include') return ['subject', ...Object.keys(trainScalars)];
  if (second !== undefined) return [...Object.keys(steppedRange.shape), ...Object.keys(logRange.shape)];
  return [];
}

/** Whether a block at this place holds conditions: of `exclude` itself, of `if` and `only` in `when`. */
const isConditions = (path: readonly (string | number)[]): boolean =>
  (path[0] === 'exclude' && path.length === 2) || (path[0] === 'when' && path.length === 3);

/** Where else an unknown key is known: the block it belongs under. */
export function blockOf(key: string): string | null {
  const blocks: [string, string[]][] = [
    ['train', Object.keys(train.shape)],
    ['sample', Object.keys(sample.shape)],
    ['a subject', Object.keys(subject.shape)],
    ['score', Object.keys(scoreBlock.shape)],
    ['the top level', Object.keys(sweepSchema.shape)],
  ];
  return blocks.find(([, keys]) => keys.includes(key))?.[0] ?? null;
}

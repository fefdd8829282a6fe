import * as z from 'zod';
import { promptScalar, sampleScalars, seedScalar, trainScalars } from './options.ts';

/**
 * The shape of a sweep file, names as in the file; readSweep.ts makes the typed {@link Sweep} of it. Unions of an axis
 * are always in the order [one value, list, log range, stepped range]: schemaIssues.ts picks the branch by the input.
 */
const NAME = 'letters, digits, dots, dashes and underscores, no dot first, at most 100';
const name = z.string({ error: NAME }).regex(/^[\p{L}\p{N}_-][\p{L}\p{N}._-]{0,99}$/u, { error: NAME });
const text = z.string({ error: 'text' });
const filled = text.regex(/\S/, { error: 'text that is not empty' });
const EMPTY_LIST = { error: 'at least one value' };

const MAX_VALUES = 10_000;
const rangeNumber = z.number({ error: 'a number' });
const logRange = z.strictObject({
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
});
const steppedRange = z.strictObject({
  from: rangeNumber,
  to: rangeNumber,
  by: z.number({ error: 'a number above 0' }).gt(0, { error: 'a number above 0' }),
});

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

const mapValues = <T>(
  record: Record<string, z.ZodType>,
  change: (schema: z.ZodType) => T,
): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, schema]) => [key, change(schema)]));

const prompts = z.union([promptScalar, z.array(promptScalar).min(1, EMPTY_LIST)]).optional();
const optionalScalars = mapValues(trainScalars, s => s.optional());
const optionalSamplers = mapValues(sampleScalars, s => s.optional());
const optionalAxis = (scalar: z.ZodType): z.ZodType => axis(scalar).optional();

const subject = z.strictObject(
  {
    instance_data_dir: filled.describe('Folder with the photos, relative to this file.'),
    instance_prompt: filled,
    class_prompt: filled.optional().describe('Wanted where prior preservation is on.'),
    class_data_dir: filled.optional().describe('Own prior images in place of generated ones.'),
    prompts: prompts.describe("This subject's, in place of those under sample."),
  },
  { error: 'a block with instance_data_dir and instance_prompt' },
);

const train = z.strictObject(
  { ...mapValues(trainScalars, optionalAxis), max_train_steps: axis(trainScalars.max_train_steps) },
  { error: 'a block of options' },
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

const axisName = z.string({ error: 'the name of an option' });

export const sweepSchema = z.strictObject(
  {
    name: name.describe('Of the sweep and of its report folder.'),
    model: filled.describe('pocket (built in), or a folder in diffusers layout, relative to this file.'),
    subjects: z
      .record(name, subject, { error: 'a block with a subject in it' })
      .refine(subjects => Object.keys(subjects).length > 0, { error: 'at least one subject' }),
    train,
    sample: sample.optional(),
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
      .array(z.strictObject({ subject: text.optional(), ...optionalScalars, ...optionalSamplers }), {
        error: 'a list of blocks of values',
      })
      .optional()
      .describe('Combinations to leave out; a block matches where all its values do.'),
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
  if (block === 'sample' && path.length === 1) return Object.keys(sample.shape);
  if (block === 'exclude') return ['subject', ...Object.keys(trainScalars), ...Object.keys(sampleScalars)];
  if (block === 'include') return ['subject', ...Object.keys(trainScalars)];
  if (second !== undefined) return [...Object.keys(steppedRange.shape), ...Object.keys(logRange.shape)];
  return [];
}

/** Where else an unknown key is known: the block it belongs under. */
export function blockOf(key: string): string | null {
  const blocks: [string, string[]][] = [
    ['train', Object.keys(train.shape)],
    ['sample', Object.keys(sample.shape)],
    ['a subject', Object.keys(subject.shape)],
    ['the top level', Object.keys(sweepSchema.shape)],
  ];
  return blocks.find(([, keys]) => keys.includes(key))?.[0] ?? null;
}

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSweepText, type SweepChanges } from '../../src/sweep/readSweep.ts';
import { SweepFolder } from './sweepFolder.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const VALID = `name: cats
model: model
subjects:
  cat: &cat
    instance_data_dir: cat
    instance_prompt: a photo of a moji cat
    class_prompt: a cat
train:
  learning_rate: {log: [1e-6, 1e-4], count: 3}
  max_train_steps: [10, 20]
  with_prior_preservation: [false, true]
sample:
  prompts: ["a cat", 'a dog']
  seeds: {from: 0, to: 3, by: 1}
zip: [[learning_rate, train_batch_size]]
exclude:
  - {max_train_steps: 20}
when:
  - {if: {with_prior_preservation: true}, only: {learning_rate: {at_most: 1e-5}}}
preset: face
`;

/** Reads anything; what is refused must say where. */
async function survives(text: string, changes: SweepChanges = {}): Promise<void> {
  const result = await readSweepText(text, folder.path('sweep.yaml'), changes);
  if (result.ok) return;
  expect(result.diagnostics.length).toBeGreaterThan(0);
  const lines = text.split(/\r\n|\r|\n/);
  for (const { file, line, column, message } of result.diagnostics) {
    expect(message).not.toMatch(/undefined|\[object|\n/);
    if (/^(-S|--only|--exclude) /.test(file)) continue;
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  }
}

it('never throws, whatever the text is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 200 }), text => survives(text)),
    { numRuns: 200 },
  );
});

it('never throws on a valid file with something put in, or taken out', async () => {
  const pieces = fc.constantFrom(
    ...[
      ': ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '\n',
      '\t',
      '&a ',
      '*cat',
      '!!x ',
      '? ',
      '#',
      '|',
      '>',
      '%',
      '---\n',
    ],
    ...[
      'null',
      '~',
      '.nan',
      '-.inf',
      '1e999',
      '0x1F',
      '-0',
      'yes',
      '__proto__: 1\n',
      'constructor: 1\n',
      '<<: *cat\n',
    ],
    ...['\u0000', '\uFEFF', '\uD800', '\u2028', '123456789012345678901234567890', '-1', '0'],
  );
  const edit = fc.record({
    at: fc.nat(VALID.length),
    remove: fc.nat(12),
    insert: fc.oneof(pieces, fc.string({ maxLength: 5 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), edits =>
      survives(
        edits.reduce(
          (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
          VALID,
        ),
      ),
    ),
    { numRuns: 200 },
  );
});

it('never throws on any value in any place', async () => {
  const block = fc.dictionary(
    fc.constantFrom('log', 'count', 'from', 'to', 'by', 'x'),
    fc.anything({ withNullPrototype: false }),
  );
  const value = fc.oneof(fc.jsonValue(), block);
  const spec = fc.record(
    {
      name: value,
      model: fc.oneof(fc.constant('model'), value),
      subjects: fc.oneof(fc.dictionary(fc.string({ maxLength: 3 }), value), value),
      train: fc.oneof(
        fc.dictionary(
          fc.constantFrom('learning_rate', 'max_train_steps', 'seed', 'resolution', 'lr_scheduler'),
          value,
        ),
        value,
      ),
      sample: fc.oneof(
        fc.dictionary(fc.constantFrom('prompts', 'seeds', 'width', 'scheduler'), value),
        value,
      ),
      zip: value,
      exclude: fc.oneof(fc.array(fc.dictionary(fc.constantFrom('seed', 'subject', 'width'), value)), value),
      include: fc.oneof(fc.array(fc.dictionary(fc.constantFrom('seed', 'subject'), value)), value),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(spec, async file =>
      survives(`${JSON.stringify(file, (_, v) => (typeof v === 'bigint' ? Number(v) : v))}\n`),
    ),
    { numRuns: 100 },
  );
});

it('reads a large file quickly enough to say that it is wrong', async () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `key_${i}: ${i}\n`).join('');
  const result = await readSweepText(`${VALID}${keys}`, folder.path('sweep.yaml'));
  expect(result.ok).toBe(false);
});

it('never throws on any override or selection', async () => {
  const names = fc.constantFrom(
    'train',
    'seed',
    'train.seed',
    'subjects.cat',
    'zip',
    'when',
    'sample.prompts',
    '__proto__',
    'a.b',
  );
  const word = fc.constantFrom(
    '1',
    '1e-6',
    ',',
    '=',
    '"',
    "'",
    '[',
    '{',
    '}',
    ']',
    '<',
    '>=',
    ' ',
    '.',
    '\n',
    '#',
    '*a',
    'null',
    'cat',
  );
  const argument = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.tuple(names, fc.array(word, { maxLength: 6 })).map(([name, words]) => `${name}=${words.join('')}`),
  );
  const some = fc.array(argument, { maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(some, some, some, (set, only, exclude) => survives(VALID, { set, only, exclude })),
    { numRuns: 300 },
  );
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planSweep } from '../../src/planner/planSweep.ts';
import { readSweepText } from '../../src/sweep/readSweep.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { propertyRuns } from './propertyRuns.ts';
import { DIGESTS } from './randomSweep.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

const TRAIN: Record<string, unknown[]> = {
  max_train_steps: [10, 20, 30],
  learning_rate: [1e-6, 2e-6, 5e-5],
  train_text_encoder: [false, true],
  seed: [0, 7],
};
const SAMPLE: Record<string, unknown[]> = { scheduler: ['ddim', 'lms'], num_inference_steps: [5, 25] };
const NUMBERS = ['max_train_steps', 'learning_rate', 'seed', 'num_inference_steps'];
const ALL: Record<string, unknown[]> = { subject: ['cat', 'dog'], ...TRAIN, ...SAMPLE };

type Block = Record<string, unknown>;

/** A condition that some value of the option meets: a rule that cannot apply is refused. */
function conditionOn(name: string): fc.Arbitrary<unknown> {
  const values = ALL[name] ?? [];
  const value = fc.constantFrom(...values);
  const several = fc.uniqueArray(value, { minLength: 1 });
  if (!NUMBERS.includes(name)) return fc.oneof(value, several);
  const bound = fc.oneof(
    value.map(at_least => ({ at_least })),
    value.map(at_most => ({ at_most })),
    fc.constantFrom(...values.slice(0, -1)).map(above => ({ above })),
    fc.constantFrom(...values.slice(1)).map(below => ({ below })),
    several.map(chosen => ({
      at_least: Math.min(...chosen.map(Number)),
      at_most: Math.max(...chosen.map(Number)),
    })),
  );
  return fc.oneof(value, several, bound);
}

const block: fc.Arbitrary<Block> = fc
  .uniqueArray(fc.constantFrom(...Object.keys(ALL)), { minLength: 1, maxLength: 3 })
  .chain(names => fc.record(Object.fromEntries(names.map(name => [name, conditionOn(name)]))));

const selection = fc.array(
  fc
    .uniqueArray(fc.constantFrom(...Object.keys(ALL)), { minLength: 1, maxLength: 2 })
    .chain(names =>
      fc.record(
        Object.fromEntries(
          names.map(name => [name, fc.uniqueArray(fc.constantFrom(...(ALL[name] ?? [])), { minLength: 1 })]),
        ),
      ),
    ),
  { maxLength: 2 },
);

const sweeps = fc.record({
  exclude: fc.array(block, { maxLength: 2 }),
  when: fc.array(fc.record({ if: block, only: block }), { maxLength: 2 }),
  own: fc.record(
    { max_train_steps: fc.constantFrom<unknown>(20, [10, 30]), seed: fc.constantFrom<unknown>(7, [0, 7]) },
    { requiredKeys: [] },
  ),
  only: selection,
  without: selection,
});

/** Whether a row has what a block says, worked out as plainly as can be. */
function has(row: Block, rule: Block): boolean {
  return Object.entries(rule).every(([name, wanted]) => {
    const value = row[name];
    if (Array.isArray(wanted)) return wanted.includes(value);
    if (typeof wanted !== 'object' || wanted === null) return value === wanted;
    const number = Number(value);
    const tests: Record<string, (bound: number) => boolean> = {
      at_least: bound => number >= bound,
      at_most: bound => number <= bound,
      above: bound => number > bound,
      below: bound => number < bound,
    };
    return Object.entries(wanted).every(([name, bound]) => tests[name]?.(Number(bound)));
  });
}

function everyRow(lists: Record<string, unknown[]>): Block[] {
  let rows: Block[] = [{}];
  for (const [name, values] of Object.entries(lists)) {
    rows = rows.flatMap(row => values.map(value => ({ ...row, [name]: value })));
  }
  return rows;
}

const asArgument = (filter: Record<string, unknown[]>): string =>
  Object.entries(filter)
    .map(([name, values]) => `${name}=${values.join(',')}`)
    .join(',');

it(
  'plans exactly the cells that the rules and the command line leave',
  async () => {
    await fc.assert(
      fc.asyncProperty(sweeps, async ({ exclude, when, own, only, without }) => {
        const subjects = {
          cat: { instance_data_dir: 'cat', instance_prompt: 'a' },
          dog: { instance_data_dir: 'dog', instance_prompt: 'b', train: own },
        };
        const sample = { prompts: 'x', ...SAMPLE };
        const text = JSON.stringify({
          name: 'n',
          model: 'model',
          subjects,
          train: TRAIN,
          sample,
          exclude,
          when,
        });
        const changes = { only: only.map(asArgument), exclude: without.map(asArgument) };
        const result = await readSweepText(text, folder.path('s.yaml'), changes);

        const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
        const owned = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, asList(value)]));
        const rows = [
          ...everyRow({ subject: ['cat'], ...TRAIN, ...SAMPLE }),
          ...everyRow({ subject: ['dog'], ...TRAIN, ...owned, ...SAMPLE }),
        ];
        const expected = rows.filter(
          row =>
            !exclude.some(rule => has(row, rule)) &&
            when.every(rule => !has(row, rule.if) || has(row, rule.only)) &&
            (only.length === 0 || only.some(filter => has(row, filter))) &&
            !without.some(filter => has(row, filter)),
        );
        if (!result.ok) {
          expect(result.diagnostics.map(({ what }) => what)).toEqual([
            expect.stringMatching(/leaves nothing/),
          ]);
          expect(expected).toEqual([]);
          return;
        }
        const plan = planSweep(result.sweep, DIGESTS);
        const trials = new Map(plan.trials.map(trial => [trial.id, trial.options]));
        const planned = plan.cells.map(({ trial, subject, sampler }) => {
          const options = trials.get(trial);
          return {
            subject,
            max_train_steps: options?.maxTrainSteps,
            learning_rate: options?.learningRate,
            train_text_encoder: options?.trainTextEncoder,
            seed: options?.seed,
            scheduler: sampler.scheduler,
            num_inference_steps: sampler.numInferenceSteps,
          };
        });
        const written = (list: Block[]): string[] => list.map(row => JSON.stringify(row)).sort();
        expect(written(planned)).toEqual(written(expected));
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

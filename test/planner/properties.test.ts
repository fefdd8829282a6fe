import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planSweep } from '../../src/planner/planSweep.ts';
import type { Plan, StoreView } from '../../src/planner/types.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';
import { propertyRuns } from './propertyRuns.ts';
import { DIGESTS, type Spec, specs, sweepOf } from './randomSweep.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

/** A workspace in which a plan has been carried out. */
function after(plan: Plan): StoreView {
  const done = new Set(plan.stages.map(({ key }) => key));
  const ends = new Set(plan.trajectories.map(({ snapshots }) => snapshots.at(-1)?.key));
  return { completed: key => done.has(key), hasState: key => ends.has(key) };
}

/** Every combination of one value from each list, written as plainly as can be. */
function everyRow(lists: Record<string, unknown[]>): Record<string, unknown>[] {
  const [name, ...others] = Object.keys(lists);
  if (name === undefined) return [{}];
  const { [name]: values = [], ...rest } = lists;
  if (others.length === 0) return values.map(value => ({ [name]: value }));
  return values.flatMap(value => everyRow(rest).map(row => ({ [name]: value, ...row })));
}

const sorted = (record: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

it(
  'plans exactly the cells of the grid, none twice, none missing',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, async spec => {
        const plan = planSweep(await sweepOf(spec, folder.dir), DIGESTS);
        const { prompts, seeds, ...samplers } = spec.sample;
        const expected = everyRow({
          subject: spec.subjects,
          ...spec.train,
          ...samplers,
          prompt: prompts,
          seed_: seeds,
        });
        const planned = plan.cells.map(({ subject, values, prompt, seed }) => {
          const single = { ...firstOf(spec.train), ...firstOf(samplers) };
          return sorted({ ...single, ...values, subject, prompt, seed_: seed });
        });
        expect(planned.toSorted()).toEqual(expected.map(sorted).toSorted());
        expect(plan.trials).toHaveLength(everyRow({ subject: spec.subjects, ...spec.train }).length);
        expect(new Set(plan.trials.map(({ id }) => id)).size).toBe(plan.trials.length);

        const keys = plan.stages.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        const seen = new Set<string>();
        for (const { key, needs } of plan.stages) {
          for (const need of needs) expect(seen).toContain(need);
          seen.add(key);
        }
        expect(new Set(plan.pictures.map(({ key }) => key))).toEqual(
          new Set([...plan.cells, ...plan.baselineCells].map(({ pictureKey }) => pictureKey)),
        );
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

const firstOf = (lists: Record<string, unknown[]>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(lists).map(([name, [first]]) => [name, first]));

/** What decides the weights at a step, worked out from the file alone. */
function lineage(row: Record<string, unknown>): string {
  const {
    max_train_steps,
    lr_scheduler = 'constant',
    lr_warmup_steps = 0,
    lr_schedule_steps = null,
    num_class_images,
    ...rest
  } = row;
  const flat =
    lr_scheduler === 'constant' || (lr_scheduler === 'constant_with_warmup' && lr_warmup_steps === 0);
  const bounded = lr_scheduler === 'linear' || lr_scheduler === 'cosine';
  return sorted({
    ...rest,
    schedule: flat ? 'flat' : `${lr_scheduler} ${lr_warmup_steps}`,
    horizon: bounded ? (lr_schedule_steps ?? max_train_steps) : null,
    classes: rest.with_prior_preservation ? num_class_images : null,
  });
}

it(
  'trains the largest step of every trajectory, and nothing else',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, async spec => {
        const plan = planSweep(await sweepOf(spec, folder.dir), DIGESTS);
        const rows = everyRow({ subject: spec.subjects, ...spec.train });
        const longest = new Map<string, number>();
        for (const row of rows) {
          const steps = Number(row.max_train_steps);
          longest.set(lineage(row), Math.max(steps, longest.get(lineage(row)) ?? 0));
        }
        const planned = [...longest.values()].reduce((a, b) => a + b, 0);
        const naive = rows.reduce((total, row) => total + Number(row.max_train_steps), 0);
        expect(plan.steps).toEqual({ naive, planned, cached: 0, remaining: planned });
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

it(
  'has nothing to do where everything was done',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, async spec => {
        const sweep = await sweepOf(spec, folder.dir);
        const done = planSweep(sweep, DIGESTS, after(planSweep(sweep, DIGESTS)));
        expect(done.steps.remaining).toBe(0);
        expect(done.images.missing).toBe(0);
        expect([done.trainingJobs, done.classImagesJobs, done.pictureBatches]).toEqual([[], [], []]);
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

it(
  'trains nothing for another inference value, and makes only its pictures',
  async () => {
    const additions = fc.constantFrom<[string, unknown]>(
      ['seeds', 99],
      ['prompts', 'something new'],
      ['scheduler', 'euler'],
      ['num_inference_steps', 77],
      ['guidance_scale', 3],
    );
    const defaults: Record<string, unknown> = {
      scheduler: 'pndm',
      num_inference_steps: 50,
      guidance_scale: 7.5,
    };
    await fc.assert(
      fc.asyncProperty(specs, additions, async (spec, [name, value]) => {
        const before = planSweep(await sweepOf(spec, folder.dir), DIGESTS);
        const values = spec.sample[name] ?? [defaults[name]];
        const wider: Spec = { ...spec, sample: { ...spec.sample, [name]: [...values, value] } };
        const plan = planSweep(await sweepOf(wider, folder.dir), DIGESTS, after(before));

        expect(plan.steps.remaining).toBe(0);
        expect(plan.trainingJobs).toEqual([]);
        expect(plan.classImagesJobs).toEqual([]);
        const old = new Set(before.pictures.map(({ key }) => key));
        const fresh = plan.pictures.filter(({ key }) => !old.has(key));
        expect(plan.pictures).toHaveLength(old.size + fresh.length);
        expect(plan.images.missing).toBe(fresh.length);
        expect(fresh.length).toBeGreaterThan(0);
        expect(plan.pictureBatches.flatMap(({ missing }) => missing).toSorted()).toEqual(
          fresh.map(({ key }) => key).toSorted(),
        );
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

it(
  'trains only what is new for another number of steps',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.integer({ min: 1, max: 60 }), async (spec, steps) => {
        const before = planSweep(await sweepOf(spec, folder.dir), DIGESTS);
        const max_train_steps = [...spec.train.max_train_steps, steps];
        const wider: Spec = { ...spec, train: { ...spec.train, max_train_steps } };
        const plan = planSweep(await sweepOf(wider, folder.dir), DIGESTS, after(before));
        const known = new Map(
          before.trajectories.map(({ key, snapshots }) => [key, snapshots.map(({ step }) => step)]),
        );
        let expected = 0;
        for (const { key, snapshots } of plan.trajectories) {
          const done = known.get(key) ?? [];
          const end = Math.max(0, ...done);
          for (const { step } of snapshots.filter(({ step }) => !done.includes(step))) {
            // State is at the end of what was trained; a step before it starts from the beginning.
            expected += step > end ? step - end : step;
          }
        }
        expect(plan.steps.remaining).toBe(expected);
        expect(plan.steps.cached).toBe(plan.steps.planned - expected);
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

it(
  'cuts every missing picture into exactly one batch of one snapshot and sampler',
  async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.integer({ min: 1, max: 5 }), async (spec, size) => {
        const { train, sample } = spec;
        const sweep = await sweepOf({ ...spec, train, sample }, folder.dir);
        const plan = planSweep({ ...sweep, sampleBatchSize: size }, DIGESTS);
        const keys = plan.pictureBatches.flatMap(({ pictures }) => pictures.map(({ key }) => key));
        expect(keys.toSorted()).toEqual(plan.pictures.map(({ key }) => key).toSorted());
        for (const batch of plan.pictureBatches) {
          expect(batch.pictures.length).toBeLessThanOrEqual(size);
          for (const { snapshotKey, sampler } of batch.pictures) {
            expect({ snapshotKey, sampler }).toEqual({
              snapshotKey: batch.snapshotKey,
              sampler: batch.sampler,
            });
          }
        }
      }),
      propertyRuns,
    );
  },
  propertyRuns.timeoutMs,
);

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../../src/core/random/torchGenerator.ts';
import { BatchStream, type BatchStreamOptions } from '../../src/trainer/batchStream.ts';

interface Step {
  items: [number[], number[] | null][];
  latents: [number, number];
  noise: [number, number];
  offsets: number[] | null;
  timesteps: number[];
}

interface Case {
  name: string;
  seed: number;
  instances: [number, number][];
  classes: [number, number][];
  side: number;
  center: boolean;
  batchSize: number;
  offsetNoise: boolean;
  steps: Step[];
}

// What torch's DataLoader and accelerate really did: test/golden/batch-stream/PROVENANCE.md.
const cases = JSON.parse(
  readFileSync(new URL('../golden/batch-stream/batch-stream.json', import.meta.url), 'utf8'),
) as Case[];

const sizes = (list: [number, number][]) => list.map(([height, width]) => ({ height, width }));

const optionsOf = (one: Case): BatchStreamOptions => ({
  instanceSizes: sizes(one.instances),
  classSizes: sizes(one.classes),
  batchSize: one.batchSize,
  resolution: one.side,
  centerCrop: one.center,
});

/** One batch and the draws of its step (latents of 4 x 3 x 2), in the shape of the recording. */
function takeStep(stream: BatchStream, generator: TorchGenerator, one: Case) {
  const { items } = stream.next();
  const count = items.length * (one.classes.length > 0 ? 2 : 1);
  const firstAndLast = (values: Float32Array) => [values[0], values.at(-1)];
  return {
    items: items.map(item =>
      [item.instance, item.class].map(crop => crop && [crop.image, crop.top, crop.left]),
    ),
    latents: firstAndLast(generator.randn(count * 24)),
    noise: firstAndLast(generator.randn(count * 24)),
    offsets: one.offsetNoise ? Array.from(generator.randn(count * 4)) : null,
    timesteps: Array.from(generator.randint(0, 1000, count)),
  };
}

function expectStep(got: ReturnType<typeof takeStep>, wanted: Step): void {
  expect(got.items).toEqual(wanted.items);
  expect(got.timesteps).toEqual(wanted.timesteps);
  for (const name of ['latents', 'noise', 'offsets'] as const) {
    wanted[name]?.forEach((value, i) => {
      expect(got[name]?.[i]).toBeCloseTo(value, 5);
    });
  }
}

describe('BatchStream', () => {
  it.each(cases)('gives the batches and draws of torch: $name', one => {
    const generator = new TorchGenerator(one.seed);
    const stream = new BatchStream(optionsOf(one), generator);
    expect(one.steps.length % stream.batchesPerEpoch).toBe(0);
    one.steps.forEach(wanted => {
      expectStep(takeStep(stream, generator, one), wanted);
    });
  });

  it.each(cases)('goes on from its state after any step: $name', one => {
    const generator = new TorchGenerator(one.seed);
    const stream = new BatchStream(optionsOf(one), generator);
    for (let taken = 0; taken < one.steps.length; taken++) {
      const state = JSON.parse(
        JSON.stringify({ stream: stream.getState(), generator: generator.getState() }),
      );
      const again = TorchGenerator.fromState(state.generator);
      const resumed = new BatchStream(optionsOf(one), again, state.stream);
      const rest = one.steps.slice(taken);
      rest.forEach(wanted => {
        expectStep(takeStep(resumed, again, one), wanted);
      });
      takeStep(stream, generator, one);
    }
  });

  it('marks the last batch of an epoch, also where it is a smaller one', () => {
    const picture = { width: 8, height: 8 };
    const options = {
      instanceSizes: Array(5).fill(picture),
      classSizes: [],
      resolution: 8,
      centerCrop: false,
    };
    const ends = (batchSize: number) => {
      const stream = new BatchStream({ ...options, batchSize }, new TorchGenerator(0));
      return Array.from({ length: 2 * stream.batchesPerEpoch }, () => stream.next()).map(
        batch => `${batch.items.length}${batch.lastOfEpoch ? '!' : ''}`,
      );
    };
    expect(ends(2)).toEqual(['2', '2', '1!', '2', '2', '1!']);
    expect(ends(5)).toEqual(['5!', '5!']);
    expect(ends(9)).toEqual(['5!', '5!']);
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';

interface Values {
  values?: number[];
  head?: number[];
  tail?: number[];
  sum?: number;
  sha256: string;
}
interface Draw extends Values {
  draw: 'randn' | 'rand' | 'randint' | 'randperm' | 'uniform' | 'randomInt64';
  count: number;
  n: number;
  low: number;
  high: number;
  value: string;
}
interface Seed {
  seed: string;
  draws: Draw[];
  fresh: Record<string, Values>;
  epochs: { orders: number[][]; next: Values };
}

const GOLDEN: Seed[] = JSON.parse(
  readFileSync(new URL('../../golden/rng/rng.json', import.meta.url), 'utf8'),
);

const sha256 = (data: ArrayBufferView): string =>
  createHash('sha256')
    .update(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

/** Every bit of every normal. */
function expectNormals(got: Float32Array, wanted: Values): void {
  expect(sha256(got)).toBe(wanted.sha256);
}

describe.each(GOLDEN)('torch, seed $seed', ({ seed, draws, fresh, epochs }) => {
  it('draws in one stream', () => {
    const generator = new TorchGenerator(BigInt(seed));
    for (const draw of draws) {
      if (draw.draw === 'randn') expectNormals(generator.randn(draw.count), draw);
      else if (draw.draw === 'randomInt64') expect(generator.randomInt64()).toBe(BigInt(draw.value));
      else expect(sha256(exactDraw(generator, draw)), JSON.stringify(draw)).toBe(draw.sha256);
    }
  });

  it.each(Object.entries(fresh))('randn(%s) of a new generator', (count, wanted) => {
    expectNormals(new TorchGenerator(BigInt(seed)).randn(Number(count)), wanted);
  });

  it('orders of three epochs of a shuffling DataLoader', () => {
    const global = new TorchGenerator(BigInt(seed));
    const orders = epochs.orders.map(({ length }) => {
      global.randomInt64(); // the loader's base seed, which no worker uses
      return Array.from(new TorchGenerator(global.randomInt64()).randperm(length));
    });
    expect(orders).toEqual(epochs.orders);
    expectNormals(global.randn(4), epochs.next);
  });
});

function exactDraw(generator: TorchGenerator, { draw, count, n, low, high }: Draw): ArrayBufferView {
  switch (draw) {
    case 'rand':
      return generator.rand(count);
    case 'uniform':
      return generator.uniform(count, low, high);
    case 'randint':
      return BigInt64Array.from(generator.randint(low, high, count), BigInt);
    default:
      return BigInt64Array.from(generator.randperm(n), BigInt);
  }
}

import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { Parameter } from '../../src/diffusion/nn/parameter.ts';
import type { EmaOptions } from '../../src/stages/ema.ts';
import { EmaWeights, emaDecayAt } from '../../src/trainer/emaWeights.ts';

interface Recorded {
  walk: number[][];
  cases: { name: string; options: Record<string, number | boolean>; decays: number[]; shadow: number[] }[];
}
const { walk, cases }: Recorded = JSON.parse(
  readFileSync(new URL('../golden/ema/ema.json', import.meta.url), 'utf8'),
);

const optionsOf = ({ options }: Recorded['cases'][number]): EmaOptions => ({
  decay: Number(options.decay ?? 0.9999),
  minDecay: Number(options.min_decay ?? 0),
  updateAfterStep: Number(options.update_after_step ?? 0),
  useEmaWarmup: options.use_ema_warmup === true,
  invGamma: Number(options.inv_gamma ?? 1),
  power: Number(options.power ?? 2 / 3),
});

beforeAll(async () => {
  await initBackend({ name: 'wasm', threads: 1 });
});

describe.each(cases)("diffusers' EMAModel: $name", recorded => {
  const options = optionsOf(recorded);

  it('has its decay at every update', () => {
    const decays = recorded.decays.map((_, i) => emaDecayAt(options, i + 1));
    for (const [i, decay] of decays.entries()) expect(decay).toBeCloseTo(recorded.decays[i] ?? -1, 15);
  });

  it('has its average, and leaves the weights alone', async () => {
    const parameter = new Parameter('w', [walk[0]?.length ?? 0], 'plain');
    parameter.set(Float32Array.from(walk[0] ?? []));
    const average = new EmaWeights([{ part: 'unet', parameters: [parameter] }], options);
    for (const [i, values] of walk.slice(1).entries()) {
      parameter.set(Float32Array.from(values));
      average.update(i + 1);
    }
    const worn = await average.worn(async () => parameter.get());
    // Bit for bit: the arithmetic is that of torch in float32.
    expect([...worn]).toEqual(recorded.shadow);
    expect([...parameter.get()]).toEqual(walk.at(-1));
    await average.worn(async () => parameter.set(new Float32Array(worn.length)));
    expect([...(await average.worn(async () => parameter.get()))]).toEqual([...worn].map(() => 0));
    expect([...parameter.get()]).toEqual(walk.at(-1));
    parameter.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });
});

import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Backend, initBackend } from '../../src/compute/backend.ts';
import { chooseCompiling } from '../../src/compute/graph/compiling.ts';
import { encodePrompts } from '../../src/diffusion/encodePrompts.ts';
import { decodeLatents } from '../../src/diffusion/latents.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../../src/diffusion/pipeline/index.ts';
import { PromptStates } from '../../src/diffusion/promptStates.ts';
import { generateLatents, type TextToImageRequest, textToImage } from '../../src/diffusion/textToImage.ts';
import { isNative, MAIN_BACKEND } from '../support/backends.ts';

const PLAIN = fileURLToPath(new URL('../golden/tiny-pipelines/plain', import.meta.url));
const CAT = { prompt: 'a photo of a moji cat', seed: 3 };
const DOG = { prompt: 'A painting of a dog, on the grass!', seed: 4 };
const small = { width: 16, height: 16, numInferenceSteps: 2, scheduler: 'ddpm' } as const;

let backend: Backend;
let pipeline: StableDiffusionPipeline;

beforeAll(async () => {
  backend = await initBackend({ name: MAIN_BACKEND, threads: 1 });
  // Calls of the networks' own functions are counted here; graphs would make none.
  chooseCompiling('off');
  pipeline = await loadPipeline(PLAIN);
});

afterAll(() => {
  chooseCompiling(undefined);
  pipeline?.dispose();
  backend?.dispose();
});

/** TensorFlow cuts products otherwise for other numbers of rows: the last digits differ, and the steps make more of it. */
const BATCH_BOUND = isNative ? 1e-4 : 1e-5;

const latentsOf = async (request: TextToImageRequest): Promise<number[]> => {
  const latents = await generateLatents(pipeline, request);
  const values = Array.from(latents.dataSync<'float32'>());
  latents.dispose();
  return values;
};
const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

describe('a picture does not depend on its batch', () => {
  it('first, last and alone it is the same', async () => {
    const together = await latentsOf({ ...small, pictures: [CAT, DOG] });
    const alone = await latentsOf({ ...small, pictures: [DOG] });
    expect(largestDifference(alone, together.slice(together.length / 2))).toBeLessThan(BATCH_BOUND);
    const swapped = await latentsOf({ ...small, pictures: [DOG, CAT] });
    expect(largestDifference(alone, swapped.slice(0, alone.length))).toBeLessThan(BATCH_BOUND);
  });

  it('another seed, prompt, negative prompt or guidance gives another one', async () => {
    const request = { ...small, pictures: [CAT] };
    const base = await latentsOf(request);
    const others: TextToImageRequest[] = [
      { ...request, pictures: [{ ...CAT, seed: 5 }] },
      { ...request, pictures: [{ ...CAT, prompt: 'a dog' }] },
      { ...request, negativePrompt: 'blurry' },
      { ...request, guidanceScale: 3 },
    ];
    for (const other of others) expect(largestDifference(base, await latentsOf(other))).toBeGreaterThan(1e-3);
  });
});

describe('guidance', () => {
  it('of 1 or less calls the UNet with the prompts alone', async () => {
    const forward = vi.spyOn(pipeline.unet, 'forward');
    await latentsOf({ ...small, pictures: [CAT, DOG], guidanceScale: 1 });
    expect(forward.mock.calls.map(([sample]) => sample.shape[0])).toEqual([2, 2]);
    forward.mockClear();
    await latentsOf({ ...small, pictures: [CAT, DOG], guidanceScale: 1.5 });
    expect(forward.mock.calls.map(([sample]) => sample.shape[0])).toEqual([4, 4]);
    forward.mockRestore();
  });

  it('of 1 ignores the negative prompt', async () => {
    const request = { ...small, pictures: [CAT], guidanceScale: 1 };
    expect(await latentsOf({ ...request, negativePrompt: 'blurry' })).toEqual(await latentsOf(request));
  });
});

describe('encodePrompts', () => {
  it('encodes every distinct prompt once, by itself', () => {
    const forward = vi.spyOn(pipeline.textEncoder, 'forward');
    const states = encodePrompts(pipeline, ['', '', 'a cat', 'a dog', 'a cat']);
    expect(forward.mock.calls.map(([ids]) => ids.shape)).toEqual([[1, 77], [1, 77], [1, 77]]); // biome-ignore format: a list
    forward.mockRestore();
    expect(states.shape.slice(0, 2)).toEqual([5, 77]);
    const [first, second, cat, dog, again] = tf
      .unstack(states)
      .map(row => Array.from(row.dataSync<'float32'>()));
    expect(second).toEqual(first);
    expect(again).toEqual(cat);
    expect(cat).not.toEqual(dog);
    const alone = encodePrompts(pipeline, ['a dog']);
    expect(Array.from(alone.dataSync<'float32'>())).toEqual(dog);
  });

  it('knows what it encoded before, until the weights change, and forgets the oldest', () => {
    const forward = vi.spyOn(pipeline.textEncoder, 'forward');
    const known = new PromptStates();
    const { numTensors } = tf.memory();
    const first = encodePrompts(pipeline, ['', 'a cat'], { known });
    const second = encodePrompts(pipeline, ['', 'a cat', 'a dog'], { known });
    expect(forward).toHaveBeenCalledTimes(3);
    expect(Array.from(second.dataSync<'float32'>()).slice(0, first.size)).toEqual(
      Array.from(first.dataSync<'float32'>()),
    );
    known.clear();
    tf.dispose([first, second]);
    expect(tf.memory().numTensors).toBe(numTensors);
    for (let i = 0; i < 70; i++) encodePrompts(pipeline, [`${i}`], { known }).dispose();
    expect(tf.memory().numTensors).toBe(numTensors + 64);
    expect(forward).toHaveBeenCalledTimes(73);
    encodePrompts(pipeline, ['69', '6'], { known }).dispose();
    expect(forward).toHaveBeenCalledTimes(73);
    encodePrompts(pipeline, ['5'], { known }).dispose();
    expect(forward).toHaveBeenCalledTimes(74);
    known.clear();
    forward.mockRestore();
  });

  it('warns once of a prompt that does not fit, in one line', () => {
    const warnings: string[] = [];
    const long = `${'a photo of a cat '.repeat(30)}\nthe end`;
    encodePrompts(pipeline, [long, long, 'a cat'], {
      onWarning: message => warnings.push(message),
    }).dispose();
    expect(warnings).toEqual([
      expect.stringMatching(/^prompt "a photo .*longer than the 77 tokens.*left out ".*"$/),
    ]);
  });
});

describe('decodeLatents', () => {
  it('decodes many at a time, to the bits of one by one', async () => {
    const { inChannels } = pipeline.unet.config;
    const latents = tf.randomNormal([5, 6, 4, inChannels], 0, 1, 'float32', 3) as tf.Tensor4D;
    const decode = vi.spyOn(pipeline.vae, 'decode');
    const together = await decodeLatents(pipeline.vae, latents);
    expect(decode.mock.calls.map(([batch]) => batch.shape[0])).toEqual([5]);
    decode.mockRestore();
    const values = (batch: tf.Tensor4D) => Array.from(tf.tidy(() => pipeline.vae.decode(batch).dataSync()));
    const alone = Array.from({ length: 5 }, (_, i) =>
      tf.tidy(() => tf.slice(latents, [i, 0, 0, 0], [1, 6, 4, inChannels])),
    );
    const apart = largestDifference(alone.flatMap(values), values(latents));
    if (isNative) expect(apart).toBeLessThan(BATCH_BOUND);
    else expect(apart).toBe(0);
    for (const [i, one] of alone.entries()) {
      const pictures = await decodeLatents(pipeline.vae, one);
      if (isNative) expect(pictures).toHaveLength(1);
      else expect(pictures).toEqual([together[i]]);
    }
    tf.dispose([latents, ...alone]);
  });

  it('splits a batch that is too large', async () => {
    const factor = 2 ** (pipeline.vae.config.blockOutChannels.length - 1);
    const side = 384 / factor;
    const latents = tf.zeros<tf.Rank.R4>([3, side, side, pipeline.unet.config.inChannels]);
    const decode = vi.spyOn(pipeline.vae, 'decode');
    expect(await decodeLatents(pipeline.vae, latents)).toHaveLength(3);
    expect(decode.mock.calls.map(([batch]) => batch.shape[0])).toEqual([1, 1, 1]);
    decode.mockRestore();
    latents.dispose();
  });
});

describe('the run', () => {
  it('tells every call of the UNet, and lets other tasks have their turn', async () => {
    const seen: string[] = [];
    let running = true;
    const tick = (): void => {
      seen.push('tick');
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    const onStep = (done: number, total: number): void => void seen.push(`${done}/${total}`);
    await latentsOf({ ...small, pictures: [CAT], scheduler: 'pndm', numInferenceSteps: 3, onStep });
    running = false;
    expect(seen.filter(entry => entry !== 'tick')).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(seen.slice(seen.indexOf('1/4'), seen.indexOf('4/4'))).toContain('tick');
  });

  it('stops between steps, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const onStep = vi.fn(() => controller.abort(new Error('enough')));
    const run = textToImage(pipeline, {
      ...small,
      pictures: [CAT],
      scheduler: 'lms',
      numInferenceSteps: 5,
      signal: controller.signal,
      onStep,
    });
    await expect(run).rejects.toThrow('enough');
    expect(onStep).toHaveBeenCalledTimes(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("makes the model's own size with the folder's own scheduler when nothing is said", async () => {
    const onStep = vi.fn();
    const [picture] = await textToImage(pipeline, { pictures: [CAT], numInferenceSteps: 1, onStep });
    const own = (pipeline.unet.config.sampleSize ?? 0) * 4;
    expect([picture?.width, picture?.height]).toEqual([own, own]);
    expect(await textToImage(pipeline, { pictures: [] })).toEqual([]);
  });

  it('a model that gives no numbers gives an error, no picture', async () => {
    const [weight] = pipeline.unet.parameters.slice(-1);
    const values = weight?.get() ?? new Float32Array();
    weight?.set(values.map(() => Number.NaN));
    await expect(textToImage(pipeline, { ...small, pictures: [CAT] })).rejects.toMatchObject({
      code: 'E_NOT_FINITE',
    });
    weight?.set(values);
  });
});

describe('refuses', () => {
  it.each([
    ['width', { width: 30 }, /width.*multiples of 4.*got 30.*32/],
    ['height', { height: 0 }, /height.*multiples of 4/],
    ['height', { height: 18.5 }, /height.*multiples of 4/],
    ['width', { width: -16 }, /width.*multiples of 4/],
    ['guidance', { guidanceScale: Number.NaN }, /guidance_scale/],
    ['seed', { pictures: [{ prompt: 'x', seed: 1.5 }] }, /seed/],
  ])('%s %j', async (_, wrong, message) => {
    const before = tf.memory().numTensors;
    const run = textToImage(pipeline, { ...small, pictures: [CAT], ...wrong });
    await expect(run).rejects.toThrow(
      expect.objectContaining({ code: 'E_OPTION', message: expect.stringMatching(message) }),
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a number of steps that the scheduler does not have', async () => {
    const run = textToImage(pipeline, { ...small, pictures: [CAT], numInferenceSteps: 5000 });
    await expect(run).rejects.toMatchObject({ code: 'E_SCHEDULER' });
  });
});

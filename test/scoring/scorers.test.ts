import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { preprocess, readImage } from '../../src/diffusion/images/index.ts';
import { loadClip, loadVit } from '../../src/diffusion/pipeline/index.ts';
import { ClipScorer } from '../../src/scoring/clipScorer.ts';
import { DinoScorer } from '../../src/scoring/dinoScorer.ts';
import { cosine } from '../../src/scoring/measures.ts';

/** See test/golden/scorers/PROVENANCE.md. */
interface Sampled {
  shape: number[];
  every97: number[];
  mean: number;
}
const golden = join(import.meta.dirname, '../golden/scorers');
const recorded = JSON.parse(readFileSync(join(golden, 'scorers.json'), 'utf8')) as {
  pictures: Record<string, { clipPixels: Sampled; clip: number[]; vitPixels: Sampled; vit: number[] }>;
  texts: { text: string; clip: number[] }[];
};
const pictures = Object.entries(recorded.pictures);
const pathOf = (name: string): string => join(golden, '../images/sources', name);
const unit = (vector: readonly number[]): number[] => {
  const length = Math.hypot(...vector);
  return vector.map(value => value / length);
};

beforeAll(async () => {
  await initBackend({ threads: 1 });
});

function expectPixels(values: Float32Array, { shape, every97, mean }: Sampled): void {
  expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
  every97.forEach((value, i) => {
    expect(Math.abs((values[97 * i] ?? Number.NaN) - value)).toBeLessThan(1e-5);
  });
  expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(mean, 5);
}

function expectVector(ours: readonly number[], theirs: readonly number[]): void {
  expect(ours.length).toBe(theirs.length);
  ours.forEach((value, i) => {
    expect(Math.abs(value - (theirs[i] ?? Number.NaN))).toBeLessThan(2e-5);
  });
}

describe('CLIPModel beside transformers', () => {
  it('prepares pictures of any shape alike: shorter side, bicubic, the middle, normalised', async () => {
    const { preprocessing, model } = await loadClip(join(golden, 'clip'));
    for (const [name, { clipPixels }] of pictures) {
      expectPixels(preprocess(await readImage(pathOf(name)), preprocessing), clipPixels);
    }
    model.dispose();
  });

  it('embeds pictures and texts alike', async () => {
    const { preprocessing, model, tokenizer } = await loadClip(join(golden, 'clip'));
    const before = tf.memory().numTensors;
    for (const [name, { clip }] of pictures) {
      const values = preprocess(await readImage(pathOf(name)), preprocessing);
      const embedded = tf.tidy(() => model.embedImages(tf.tensor4d(values, [1, 32, 32, 3])).dataSync());
      expectVector([...embedded], unit(clip));
    }
    const ids = recorded.texts.map(({ text }) => tokenizer.encode(text).ids);
    const embedded = tf.tidy(() => model.embedTexts(ids).arraySync() as tf.TensorContainer) as number[][];
    recorded.texts.forEach(({ clip }, i) => {
      expectVector(embedded[i] ?? [], unit(clip));
    });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('ViTModel beside transformers', () => {
  it('prepares and embeds pictures alike', async () => {
    const { preprocessing, model } = await loadVit(join(golden, 'vit'));
    for (const [name, { vit, vitPixels }] of pictures) {
      const values = preprocess(await readImage(pathOf(name)), preprocessing);
      expectPixels(values, vitPixels);
      const embedded = tf.tidy(() => model.embedImages(tf.tensor4d(values, [1, 32, 32, 3])).dataSync());
      expectVector(unit([...embedded]), unit(vit));
    }
    model.dispose();
  });
});

describe('scorers on files', () => {
  const [a = '', b = '', c = ''] = pictures.map(([name]) => pathOf(name));
  const item = { role: 'subject' as const, pictures: [a], basePicture: null, text: 'a photo of a cat' };

  it('CLIP-I and CLIP-T are the cosines of the recorded embeddings', async () => {
    const scorer = await ClipScorer.load(join(golden, 'clip'));
    const of = (name: number): number[] => unit(pictures[name]?.[1].clip ?? []);
    const text = unit(recorded.texts[0]?.clip ?? []);
    const scores = await scorer.score(item, { instance: [b, c], heldOut: [] });
    expect(scores.clip_i).toBeCloseTo((cosine(of(0), of(1)) + cosine(of(0), of(2))) / 2, 4);
    expect(scores.clip_t).toBeCloseTo(cosine(of(0), text), 4);
    expect(scores).not.toHaveProperty('copy');
    const other = await scorer.score({ ...item, role: 'other' }, { instance: [b, c], heldOut: [] });
    expect(other).toEqual({ leak: scores.clip_i, other_prompts: scores.clip_t });
    const heldOut = await scorer.score(item, { instance: [b], heldOut: [c] });
    expect(heldOut.clip_i).toBeCloseTo(cosine(of(0), of(2)), 4);
    expect(heldOut.copy).toBeCloseTo(cosine(of(0), of(1)) - cosine(of(0), of(2)), 4);
    scorer.dispose();
  });

  it('gives a picture the same numbers in any company', async () => {
    const alone = await ClipScorer.load(join(golden, 'clip'));
    const together = await ClipScorer.load(join(golden, 'clip'));
    const photos = { instance: [b, c], heldOut: [] };
    await together.score(
      { ...item, role: 'group', pictures: pictures.map(([name]) => pathOf(name)) },
      photos,
    );
    expect(await together.score(item, photos)).toEqual(await alone.score(item, photos));
    alone.dispose();
    together.dispose();
  });

  it('DINO needs no words', async () => {
    const scorer = await DinoScorer.load(join(golden, 'vit'));
    const of = (name: number): number[] => unit(pictures[name]?.[1].vit ?? []);
    const scores = await scorer.score({ ...item, text: null }, { instance: [b], heldOut: [] });
    expect(scores).toEqual({ dino_i: expect.closeTo(cosine(of(0), of(1)), 4) });
    scorer.dispose();
  });

  it('refuses a folder that is another model, naming the key', async () => {
    await expect(ClipScorer.load(join(golden, 'vit'))).rejects.toMatchObject({
      code: 'E_MODEL',
      place: expect.stringContaining('model_type'),
    });
  });
});

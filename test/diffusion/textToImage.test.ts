import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, initBackend } from '../../src/compute/backend.ts';
import { readImage } from '../../src/diffusion/images/index.ts';
import { decodeLatents } from '../../src/diffusion/latents.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../../src/diffusion/pipeline/index.ts';
import { SafetensorsFile } from '../../src/diffusion/safetensors/index.ts';
import { generateLatents, type TextToImageRequest } from '../../src/diffusion/textToImage.ts';
import type { SchedulerName } from '../../src/stages/job.ts';
import { MAIN_BACKEND } from '../support/backends.ts';

// Pictures and final latents that diffusers made of four tiny random pipelines; see PROVENANCE.md beside them.
const GOLDEN = new URL('../golden/tiny-pipelines/', import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, GOLDEN));

interface Recorded {
  label: string;
  pipeline: string;
  scheduler: SchedulerName;
  steps: number;
  guidance: number;
  prompts: string[];
  seeds: number[];
  negativePrompt: string | null;
  width: number | null;
  height: number | null;
  files: string[];
}

const RECORDED: Recorded[] = JSON.parse(readFileSync(new URL('pictures.json', GOLDEN), 'utf8'));

const requestOf = (recorded: Recorded): TextToImageRequest => ({
  pictures: recorded.prompts.map((prompt, i) => ({ prompt, seed: recorded.seeds[i] ?? -1 })),
  negativePrompt: recorded.negativePrompt ?? '',
  scheduler: recorded.scheduler,
  numInferenceSteps: recorded.steps,
  guidanceScale: recorded.guidance,
  width: recorded.width,
  height: recorded.height,
});

let backend: Backend;
let latents: SafetensorsFile;
const pipelines = new Map<string, StableDiffusionPipeline>();

async function pipelineOf(name: string): Promise<StableDiffusionPipeline> {
  const pipeline = pipelines.get(name) ?? (await loadPipeline(pathOf(name)));
  pipelines.set(name, pipeline);
  return pipeline;
}

beforeAll(async () => {
  backend = await initBackend({ name: MAIN_BACKEND, threads: 1 });
  latents = await SafetensorsFile.open(pathOf('latents.safetensors'));
});

afterAll(async () => {
  for (const pipeline of pipelines.values()) pipeline.dispose();
  await latents?.close();
  backend?.dispose();
});

describe('the same picture as diffusers', () => {
  it.each(RECORDED.map(recorded => [recorded.label, recorded] as const))('%s', async (label, recorded) => {
    const pipeline = await pipelineOf(recorded.pipeline);
    const before = tf.memory().numTensors;
    const request = requestOf(recorded);

    const ours = await generateLatents(pipeline, request);
    const nchw = tf.tidy(() => tf.transpose(ours, [0, 3, 1, 2]).dataSync<'float32'>());
    const pictures = await decodeLatents(pipeline.vae, ours);
    ours.dispose();
    const theirs = await latents.read(label);
    const scale = Math.max(...theirs.map(Math.abs));
    expect(largestDifference(nchw, theirs) / scale).toBeLessThan(LATENT_TOLERANCE);

    expect(pictures.length).toBe(recorded.files.length);
    for (const [i, picture] of pictures.entries()) {
      const expected = await readImage(pathOf(recorded.files[i] ?? ''));
      expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
      expect(largestDifference(picture.data, expected.data)).toBeLessThanOrEqual(1);
      expect(meanDifference(picture.data, expected.data)).toBeLessThan(PICTURE_TOLERANCE);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Relative to the largest latent. */
const LATENT_TOLERANCE = 1e-4;
/** Grey levels; 0.5 are promised. */
const PICTURE_TOLERANCE = 0.02;

const differences = (a: ArrayLike<number>, b: ArrayLike<number>): number[] =>
  Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN)));
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...differences(a, b));
const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  differences(a, b).reduce((sum, value) => sum + value, 0) / a.length;

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { makeFolder } from '../../core/makeFolder.ts';
import type { AutoencoderKL } from '../../diffusion/models/index.ts';
import { SafetensorsFile } from '../../diffusion/safetensors/safetensorsFile.ts';
import { writeSafetensors } from '../../diffusion/safetensors/writeSafetensors.ts';
import type { Moments } from '../latents.ts';
import type { Thing } from './art.ts';
import { batchDice, pixelsOf } from './composedBatch.ts';
import { drawScene } from './scene.ts';

/** What the VAE says of a composed picture, and the picture's caption. */
export interface LatentScene {
  moments: Moments;
  caption: string;
}

export interface LatentPoolSetup {
  /** Where finished chunks are kept; they are of this VAE, these things and this seed. */
  dir: string;
  vae: AutoencoderKL;
  things: readonly Thing[];
  seed: number;
  /** Pictures. */
  count: number;
  /** Pictures encoded, of all; after each chunk. */
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

const CHUNK = 1000;
const AT_ONCE = 25;

/** Composed pictures through the VAE's encoder, from the disk where they were encoded before; fewer after a stop request. */
export async function latentPool(setup: LatentPoolSetup): Promise<LatentScene[]> {
  const { dir, count, signal, onProgress } = setup;
  makeFolder(dir);
  const pool: LatentScene[] = [];
  for (let chunk = 0; pool.length < count && !signal?.aborted; chunk++) {
    const size = Math.min(CHUNK, count - pool.length);
    const path = join(dir, `${chunk}-${size}.safetensors`);
    if (!existsSync(path) && !(await encodeChunk(setup, chunk, size, path))) break;
    for (const scene of readChunk(path, size)) pool.push(scene);
    onProgress?.(pool.length);
  }
  return pool;
}

/** False after a stop request: nothing is written then. */
async function encodeChunk(
  { vae, things, seed, signal }: LatentPoolSetup,
  chunk: number,
  size: number,
  path: string,
): Promise<boolean> {
  const dice = batchDice(chunk, seed);
  const captions: string[] = [];
  const side = vae.config.sampleSize / vae.factor;
  const perItem = side * side * vae.config.latentChannels;
  const mean = new Float32Array(size * perItem);
  const std = new Float32Array(size * perItem);
  for (let i = 0; i < size; i += AT_ONCE) {
    const scenes = Array.from({ length: Math.min(AT_ONCE, size - i) }, () =>
      drawScene(dice, things, { size: vae.config.sampleSize }),
    );
    captions.push(...scenes.map(({ caption }) => caption));
    const pictures = pixelsOf(scenes);
    const moments = vae.inferMoments(pictures);
    mean.set(moments.mean.dataSync(), i * perItem);
    std.set(
      moments.logvar.dataSync().map(value => Math.exp(value / 2)),
      i * perItem,
    );
    tf.dispose([pictures, moments.mean, moments.logvar]);
    await setImmediate();
    if (signal?.aborted) return false;
  }
  const shape = [size, side, side, vae.config.latentChannels];
  await writeSafetensors(
    path,
    [
      { name: 'mean', shape, dtype: 'F32', data: mean },
      { name: 'std', shape, dtype: 'F32', data: std },
    ],
    { captions: JSON.stringify(captions) },
  );
  return true;
}

function readChunk(path: string, size: number): LatentScene[] {
  const file = SafetensorsFile.open(path);
  try {
    const [mean, std] = [file.read('mean'), file.read('std')];
    const captions = JSON.parse(file.metadata.captions ?? '[]') as string[];
    const [, height = 0, width = 0, channels = 0] = file.entries.get('mean')?.shape ?? [];
    const perItem = mean.length / size;
    return captions.map((caption, i) => ({
      caption,
      moments: {
        shape: [height, width, channels],
        mean: mean.subarray(i * perItem, (i + 1) * perItem),
        std: std.subarray(i * perItem, (i + 1) * perItem),
      },
    }));
  } finally {
    file.close();
  }
}

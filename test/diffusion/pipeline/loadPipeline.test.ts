import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import type { Logger } from '../../../src/core/log.ts';
import type { Parameter } from '../../../src/diffusion/nn/parameter.ts';
import { loadPipeline, loadWeights, saveUnet } from '../../../src/diffusion/pipeline/index.ts';
import { SafetensorsFile } from '../../../src/diffusion/safetensors/index.ts';
import { copyTinyPipeline, TINY_PIPELINES, tinyPipelineDir } from '../../support/models.ts';
import { tempDir } from '../../support/tmp.ts';

beforeAll(async () => {
  await initBackend({ name: 'cpu' });
});

function recorder(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const take = (line: string): void => void lines.push(line);
  return { lines, debug: take, info: take, warn: take, error: take };
}

async function load(dir: string) {
  const pipeline = await loadPipeline(dir);
  onTestFinished(() => pipeline.dispose());
  return pipeline;
}

interface Expected {
  ids: number[][];
  parameterNames: { unet: string[]; vae: string[]; textEncoder: string[] };
  parameterCounts: { unet: number; vae: number; textEncoder: number };
}

describe.each(TINY_PIPELINES)('the recorded pipeline %s', name => {
  const dir = tinyPipelineDir(name);
  const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;

  test('has the parameters that diffusers has, all loaded and freed again', async () => {
    const before = tf.memory().numTensors;
    const pipeline = await loadPipeline(dir);
    for (const part of ['unet', 'vae', 'textEncoder'] as const) {
      const { parameters } = pipeline[part];
      const prefixed = expected.parameterNames[part].map(parameter =>
        part === 'textEncoder' ? `text_model.${parameter.replace(/^text_model\./, '')}` : parameter,
      );
      expect(parameters.map(parameter => parameter.name).sort()).toEqual(prefixed.sort());
      expect(parameters.every(parameter => parameter.loaded)).toBe(true);
      expect(parameters.reduce((sum, parameter) => sum + parameter.size, 0)).toBe(
        expected.parameterCounts[part],
      );
    }
    pipeline.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('computes the recorded text embeddings and picture: each weight is in its place', async () => {
    const pipeline = await load(dir);
    const file = SafetensorsFile.open(join(dir, 'expected.safetensors'));
    onTestFinished(() => file.close());
    const nhwc = (tensor: string): tf.Tensor4D => {
      const shape = [...(file.entries.get(tensor)?.shape ?? [])] as [number, number, number, number];
      return tf.transpose(tf.tensor4d(file.read(tensor), shape), [0, 2, 3, 1]);
    };
    const checks: [tf.Tensor, tf.Tensor][] = [
      [
        pipeline.textEncoder.forward(tf.tensor2d(expected.ids, undefined, 'int32')),
        tf.tensor(file.read('text.lastHiddenState')),
      ],
      [pipeline.vae.decode(nhwc('vae.latents')), nhwc('vae.decoded')],
    ];
    for (const [got, wanted] of checks) {
      const difference = tf.max(tf.abs(tf.sub(tf.reshape(got, [-1]), tf.reshape(wanted, [-1]))));
      const scale = tf.max(tf.abs(wanted));
      expect(difference.dataSync()[0]).toBeLessThan(1e-5 * (scale.dataSync()[0] ?? 0) + 1e-6);
    }
  });
});

test('only the parts asked for are read', async () => {
  const dir = copyTinyPipeline('plain');
  renameSync(join(dir, 'vae', 'diffusion_pytorch_model.safetensors'), join(dir, 'vae', 'elsewhere'));
  const before = tf.memory().numTensors;
  const parts = await loadPipeline(dir, { only: ['tokenizer', 'scheduler'] });
  expect(Object.keys(parts).sort()).toEqual(['dir', 'dispose', 'schedulerConfig', 'tokenizer']);
  expect(parts.tokenizer.modelMaxLength).toBe(77);
  expect(parts.schedulerConfig.name).toBe('pndm');
  expect(tf.memory().numTensors).toBe(before);
  const text = await loadPipeline(dir, { only: ['textEncoder'] });
  expect(text.textEncoder.parameters.every(parameter => parameter.loaded)).toBe(true);
  text.dispose();
  // A failure in a later part frees the earlier ones.
  await expect(loadPipeline(dir)).rejects.toMatchObject({ code: 'E_MISSING', place: join(dir, 'vae') });
  expect(tf.memory().numTensors).toBe(before);
});

test('the only variant there is gets taken, and the log says so; another one is refused', async () => {
  const dir = tinyPipelineDir('old-names');
  const log = recorder();
  (await loadPipeline(dir, { only: ['vae'], log })).dispose();
  expect(log.lines).toEqual([`${join(dir, 'vae')}: no plain weights, reading fp16`]);
  const asked = recorder();
  (await loadPipeline(dir, { only: ['vae'], variant: 'fp16', log: asked })).dispose();
  expect(asked.lines).toEqual([]);
  const none = loadPipeline(tinyPipelineDir('plain'), { only: ['vae'], variant: 'fp16' });
  await expect(none).rejects.toMatchObject({
    code: 'E_MISSING',
    hint: expect.stringContaining('Leave the variant out'),
  });
});

test('a variant that only some parts have is taken where it is', async () => {
  const dir = copyTinyPipeline('plain');
  const stem = join(dir, 'unet', 'diffusion_pytorch_model');
  renameSync(`${stem}.safetensors`, `${stem}.fp16.safetensors`);
  const log = recorder();
  (await loadPipeline(dir, { only: ['vae', 'unet'], variant: 'fp16', log })).dispose();
  expect(log.lines).toEqual([`${join(dir, 'vae')}: no fp16 weights, reading the plain ones`]);
});

test('sharded files with a variant in their names load, under both names of the index', async () => {
  const dir = copyTinyPipeline('sharded');
  const unet = join(dir, 'unet');
  const stem = 'diffusion_pytorch_model.safetensors';
  let at = join(unet, `${stem}.index.json`);
  for (const name of [`${stem}.index.fp16.json`, `${stem}.fp16.index.json`]) {
    renameSync(at, join(unet, name));
    at = join(unet, name);
    (await loadPipeline(dir, { only: ['unet'], variant: 'fp16' })).dispose();
  }
});

test('weights of a snapshot go over the base and back, in the same variables', async () => {
  const { unet } = await load(tinyPipelineDir('plain'));
  const first = unet.parameters[0] as Parameter;
  const variable = first.value;
  const original = first.get();
  first.set(original.map(value => value + 1));
  const snapshot = join(tempDir(), 'snapshot', 'unet');
  await saveUnet(snapshot, unet);
  await loadWeights(unet, join(tinyPipelineDir('plain'), 'unet'));
  expect(first.get()).toEqual(original);
  const before = tf.memory().numTensors;
  await loadWeights(unet, snapshot);
  expect(first.get()).toEqual(original.map(value => value + 1));
  expect(first.value).toBe(variable);
  expect(tf.memory().numTensors).toBe(before);
});

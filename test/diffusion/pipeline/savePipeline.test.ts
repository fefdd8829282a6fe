import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { CLIPTextModel, UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';
import {
  loadPipeline,
  type StableDiffusionPipeline,
  savePipeline,
  saveTextEncoder,
  saveUnet,
} from '../../../src/diffusion/pipeline/index.ts';
import {
  clipTextConfigJson,
  unetConfigJson,
  vaeConfigJson,
} from '../../../src/diffusion/pipeline/savedConfig.ts';
import { SafetensorsFile } from '../../../src/diffusion/safetensors/index.ts';
import { copyTinyPipeline, TINY_PIPELINES, tinyPipelineDir } from '../../support/models.ts';
import { tempDir } from '../../support/tmp.ts';

beforeAll(async () => {
  await initBackend({ name: 'cpu' });
});

const PARTS = ['unet', 'vae', 'textEncoder'] as const;

async function load(dir: string): Promise<StableDiffusionPipeline> {
  const pipeline = await loadPipeline(dir);
  onTestFinished(() => pipeline.dispose());
  return pipeline;
}

function readJsonFile(...path: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;
}

describe.each(TINY_PIPELINES)('the pipeline %s, saved and loaded again', name => {
  test('has the same weights, configs, tokenizer and scheduler, in the layout of diffusers', async () => {
    const source = tinyPipelineDir(name);
    const dir = join(process.env.SWEETSPOT_SAVED_PIPELINES ?? tempDir(), 'deep', name);
    const pipeline = await load(source);
    await savePipeline(dir, pipeline);
    expect(listTree(dir)).toEqual([
      'model_index.json',
      'scheduler/scheduler_config.json',
      'text_encoder/config.json',
      'text_encoder/model.safetensors',
      'tokenizer/merges.txt',
      'tokenizer/special_tokens_map.json',
      'tokenizer/tokenizer_config.json',
      'tokenizer/vocab.json',
      'unet/config.json',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/config.json',
      'vae/diffusion_pytorch_model.safetensors',
    ]);
    for (const file of ['scheduler/scheduler_config.json', 'tokenizer/vocab.json', 'tokenizer/merges.txt']) {
      expect(readFileSync(join(dir, file))).toEqual(readFileSync(join(source, file)));
    }
    for (const part of ['unet', 'vae']) {
      expect(readJsonFile(dir, part, 'config.json')).toEqual(readJsonFile(source, part, 'config.json'));
    }
    const again = await load(dir);
    for (const part of PARTS) {
      for (const [i, parameter] of pipeline[part].parameters.entries()) {
        expect(again[part].parameters[i]?.get(), parameter.name).toEqual(parameter.get());
      }
      const { source: _, ...config } = { source: null, ...again[part].config };
      expect(pipeline[part].config).toMatchObject(config);
    }
  });
});

function listTree(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

test('files say pt, text encoder names are prefixed, the VAE has the present names, the index no checker', async () => {
  const dir = join(tempDir(), 'saved');
  await savePipeline(dir, await load(tinyPipelineDir('old-names')));
  for (const [path, wanted] of [
    ['unet/diffusion_pytorch_model', 'mid_block.attentions.0.proj_in.weight'],
    ['vae/diffusion_pytorch_model', 'encoder.mid_block.attentions.0.to_out.0.weight'],
    ['text_encoder/model', 'text_model.final_layer_norm.weight'],
  ] as const) {
    const file = SafetensorsFile.open(join(dir, `${path}.safetensors`));
    onTestFinished(() => file.close());
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.entries.get(wanted)?.dtype).toBe('F32');
  }
  expect(readJsonFile(dir, 'model_index.json')).toMatchObject({
    _class_name: 'StableDiffusionPipeline',
    safety_checker: [null, null],
    feature_extractor: [null, null],
    scheduler: ['diffusers', 'PNDMScheduler'],
  });
  // The source says float16; transformers would load our float32 as that.
  expect(readJsonFile(dir, 'text_encoder', 'config.json')).toMatchObject({ torch_dtype: 'float32' });
});

test('half precision halves the files and rounds each weight to the nearest half', async () => {
  const pipeline = await load(tinyPipelineDir('plain'));
  const dir = join(tempDir(), 'half');
  await savePipeline(dir, pipeline, { dtype: 'F16' });
  const again = await load(dir);
  for (const part of PARTS) {
    for (const [i, parameter] of pipeline[part].parameters.entries()) {
      const was = parameter.get();
      const is = again[part].parameters[i]?.get() ?? new Float32Array();
      // Half a unit in the last place of 11 bits; below 2^-14 a fixed 2^-25.
      expect(
        was.every(
          (value, j) => Math.abs(value - (is[j] ?? 9)) <= Math.max(Math.abs(value) * 2 ** -11, 2 ** -25),
        ),
      ).toBe(true);
    }
  }
  // Read as float32 all the same: diffusers mixes no types.
  expect(readJsonFile(dir, 'text_encoder', 'config.json')).toMatchObject({ dtype: 'float32' });
});

test('saving over a folder keeps what else is in it; saving over its own folder works', async () => {
  const dir = copyTinyPipeline('sharded');
  writeFileSync(join(dir, 'losses.jsonl'), '{}\n');
  mkdirSync(join(dir, 'checkpoint-5'));
  const pipeline = await load(dir);
  await savePipeline(dir, pipeline);
  expect(readdirSync(dir).sort()).toEqual([
    'checkpoint-5',
    'losses.jsonl',
    'model_index.json',
    'scheduler',
    'text_encoder',
    'tokenizer',
    'unet',
    'vae',
  ]);
  expect(readdirSync(join(dir, 'unet')).sort()).toEqual([
    'config.json',
    'diffusion_pytorch_model.safetensors',
  ]);
  const again = await load(dir);
  expect(again.unet.parameters[3]?.get()).toEqual(pipeline.unet.parameters[3]?.get());
});

test('a weight that is not finite is not saved, and nothing is left or changed', async () => {
  const pipeline = await load(tinyPipelineDir('plain'));
  const bias = pipeline.unet.parameters.find(parameter => parameter.name === 'conv_out.bias');
  bias?.set(Float32Array.of(0, Number.NaN, 0, 0));
  const root = tempDir();
  const fresh = savePipeline(join(root, 'fresh'), pipeline);
  await expect(fresh).rejects.toMatchObject({
    code: 'E_NOT_FINITE',
    place: `${join(root, 'fresh', 'unet', 'diffusion_pytorch_model.safetensors')}: conv_out.bias[1]`,
  });
  expect(readdirSync(root)).toEqual([]);
  const old = copyTinyPipeline('plain');
  const before = listTree(old);
  await expect(savePipeline(old, pipeline)).rejects.toMatchObject({ code: 'E_NOT_FINITE' });
  expect(listTree(old)).toEqual(before);
});

test('a place that cannot be written and a source that is gone are one-line errors', async () => {
  const source = copyTinyPipeline('plain');
  const pipeline = await load(source);
  const root = tempDir();
  writeFileSync(join(root, 'file'), '');
  const dir = join(root, 'file', 'out');
  await expect(savePipeline(dir, pipeline)).rejects.toMatchObject({ code: 'E_WRITE', place: dir });
  rmSync(join(source, 'tokenizer'), { recursive: true });
  const gone = savePipeline(join(root, 'out'), pipeline);
  await expect(gone).rejects.toMatchObject({ code: 'E_MISSING', place: join(source, 'tokenizer') });
  expect(existsSync(join(root, 'out'))).toBe(false);
});

test('a model that came from no folder gets a whole config of its own', async () => {
  const { unet, vae, textEncoder } = await load(tinyPipelineDir('sd2'));
  const config = parseUnetConfig(unetConfigJson(withoutSource(unet.config)), 'x');
  expect(config).toEqual(withoutSource(unet.config));
  expect(unetConfigJson(config)).toMatchObject({
    _class_name: 'UNet2DConditionModel',
    attention_head_dim: [1, 2, 4],
  });
  expect(vaeConfigJson(withoutSource(vae.config))).toMatchObject({
    _class_name: 'AutoencoderKL',
    scaling_factor: 0.3,
  });
  expect(clipTextConfigJson(withoutSource(textEncoder.config))).toMatchObject({
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    dtype: 'float32',
  });
  const dir = join(tempDir(), 'unet');
  const made = new UNet2DConditionModel(config);
  onTestFinished(() => made.dispose());
  for (const parameter of made.parameters) parameter.set(new Float32Array(parameter.size).fill(0.5));
  await saveUnet(dir, made);
  expect(parseUnetConfig(readJsonFile(dir, 'config.json'), 'x')).toEqual(config);
});

function withoutSource<T extends object>(config: T): T {
  const { source: _, ...rest } = { source: null, ...config };
  return rest as unknown as T;
}

test('numbers that Python wrote as floats stay floats, which transformers insists on', async () => {
  const source = copyTinyPipeline('plain');
  const path = join(source, 'text_encoder', 'config.json');
  const text = readFileSync(path, 'utf8').replace(
    '{',
    '{"initializer_factor": 1.0, "my_zero": -0.0, "my_int": 1, ',
  );
  writeFileSync(path, text);
  const pipeline = await loadPipeline(source, { only: ['textEncoder'] });
  onTestFinished(() => pipeline.dispose());
  const dir = join(source, 'saved');
  await saveTextEncoder(dir, pipeline.textEncoder);
  const saved = readFileSync(join(dir, 'config.json'), 'utf8');
  expect(saved).toMatch(/"initializer_factor": 1\.0,\n/);
  expect(saved).toMatch(/"my_zero": 0\.0,\n/);
  expect(saved).toMatch(/"my_int": 1,\n/);
});

test('a text encoder that grew by a token is written with its new size and the other keys of its file', async () => {
  const { textEncoder } = await load(tinyPipelineDir('old-names'));
  const config = { ...textEncoder.config, vocabSize: textEncoder.config.vocabSize + 1 };
  const grown = new CLIPTextModel(config);
  onTestFinished(() => grown.dispose());
  for (const parameter of grown.parameters) parameter.set(new Float32Array(parameter.size));
  const dir = join(tempDir(), 'text_encoder');
  const tensors = tf.memory().numTensors;
  await saveTextEncoder(dir, grown);
  expect(tf.memory().numTensors).toBe(tensors);
  const json = readJsonFile(dir, 'config.json');
  expect(json).toMatchObject({
    vocab_size: config.vocabSize,
    _name_or_path: 'somewhere/clip',
    eos_token_id: 2,
  });
});

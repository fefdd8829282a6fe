import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { SweetspotError } from '../../../src/core/errors.ts';
import { loadPipeline } from '../../../src/diffusion/pipeline/index.ts';
import {
  SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from '../../../src/diffusion/safetensors/index.ts';
import { copyTinyPipeline, type TinyPipeline } from '../../support/models.ts';

beforeAll(async () => {
  await initBackend({ name: 'cpu' });
});

type Damage = (dir: string) => void | Promise<void>;

function editJson(dir: string, path: string, edit: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(readFileSync(join(dir, path), 'utf8')) as Record<string, unknown>;
  edit(json);
  writeFileSync(join(dir, path), JSON.stringify(json));
}

const set =
  (path: string, key: string, value: unknown): Damage =>
  dir =>
    editJson(dir, path, json => {
      json[key] = value;
    });

const remove =
  (path: string): Damage =>
  dir =>
    rmSync(join(dir, path), { recursive: true });

type Tensor = TensorToWrite & { data: Float32Array };

/** Rewrites a weight file with its tensors changed. */
const editWeights =
  (path: string, edit: (tensors: Tensor[]) => Tensor[]): Damage =>
  async dir => {
    const file = SafetensorsFile.open(join(dir, path));
    const tensors = [...file.entries.values()].map(({ name, shape }) => ({
      name,
      shape,
      dtype: 'F32' as const,
      data: file.read(name),
    }));
    file.close();
    await writeSafetensors(join(dir, path), edit(tensors), { format: 'pt' });
  };

const UNET = 'unet/diffusion_pytorch_model.safetensors';
const TEXT = 'text_encoder/model.safetensors';

/** What is wrong, how it comes about in a copy of a pipeline, the code, and what the one line must say. */
const CASES: [what: string, from: TinyPipeline, damage: Damage, code: string, says: string[]][] = [
  [
    'no index',
    'plain',
    remove('model_index.json'),
    'E_MISSING',
    ['model_index.json: no such file', 'diffusers layout'],
  ],
  [
    'index is no JSON',
    'plain',
    dir => writeFileSync(join(dir, 'model_index.json'), '{,'),
    'E_MODEL',
    ['model_index.json: not valid JSON'],
  ],
  [
    'index is a list',
    'plain',
    dir => writeFileSync(join(dir, 'model_index.json'), '[]'),
    'E_MODEL',
    ['no JSON object'],
  ],
  [
    'another pipeline',
    'plain',
    set('model_index.json', '_class_name', 'StableDiffusionXLPipeline'),
    'E_MODEL',
    ['expected _class_name StableDiffusionPipeline', '"StableDiffusionXLPipeline"'],
  ],
  [
    'a part with another class',
    'plain',
    set('model_index.json', 'vae', ['diffusers', 'AutoencoderTiny']),
    'E_MODEL',
    ['model_index.json: vae', '"AutoencoderKL"', 'AutoencoderTiny'],
  ],
  [
    'a part that is null',
    'plain',
    set('model_index.json', 'unet', [null, null]),
    'E_MODEL',
    ['model_index.json: unet', '[null,null]'],
  ],
  [
    'a part that we do not know',
    'plain',
    set('model_index.json', 'text_encoder_2', ['transformers', 'X']),
    'E_MODEL',
    ['text_encoder_2'],
  ],
  ['missing folder', 'plain', remove('scheduler'), 'E_MISSING', ['scheduler: no such folder']],
  ['missing config', 'plain', remove('unet/config.json'), 'E_MISSING', ['unet/config.json: no such file']],
  [
    'missing weights',
    'plain',
    remove(UNET),
    'E_MISSING',
    ['unet: no weights', 'diffusion_pytorch_model.safetensors'],
  ],
  [
    'pickled weights',
    'plain',
    dir => renameSync(join(dir, TEXT), join(dir, 'text_encoder/pytorch_model.bin')),
    'E_MISSING',
    ['can run code', 'got pytorch_model.bin', 'Convert'],
  ],
  [
    'missing shard',
    'sharded',
    remove('unet/diffusion_pytorch_model-00002-of-00002.safetensors'),
    'E_MISSING',
    ['00002-of-00002.safetensors: no such file'],
  ],
  [
    'index of shards without a map',
    'sharded',
    set(`${UNET}.index.json`, 'weight_map', 3),
    'E_SAFETENSORS',
    ['no weight_map'],
  ],
  [
    'shard outside the folder',
    'sharded',
    set(`${UNET}.index.json`, 'weight_map', { x: '../x.safetensors' }),
    'E_SAFETENSORS',
    ['index.json: x', 'names no shard', '../x.safetensors'],
  ],
  [
    'tensor in another shard than the index says',
    'sharded',
    set(`${UNET}.index.json`, 'weight_map', {
      'conv_in.bias': 'diffusion_pytorch_model-00002-of-00002.safetensors',
    }),
    'E_SAFETENSORS',
    ['conv_in.bias', 'not in the shard'],
  ],
  [
    'truncated weights',
    'plain',
    dir => truncateSync(join(dir, UNET), 300_000),
    'E_SAFETENSORS',
    [UNET, 'outside the file'],
  ],
  [
    'weights cut within the header',
    'plain',
    dir => truncateSync(join(dir, UNET), 1000),
    'E_SAFETENSORS',
    [UNET, 'cut off within its header'],
  ],
  [
    'weights that are something else',
    'plain',
    dir => writeFileSync(join(dir, UNET), '<html>404 Not Found</html>'),
    'E_SAFETENSORS',
    ['header is too long'],
  ],
  [
    'a pointer of git LFS',
    'plain',
    dir =>
      writeFileSync(join(dir, UNET), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    'E_SAFETENSORS',
    ['header is too long', 'fetch it again'],
  ],
  [
    'NaN weight',
    'plain',
    editWeights(UNET, tensors => {
      const t = tensors.find(({ name }) => name === 'conv_in.bias');
      if (t) t.data[2] = Number.NaN;
      return tensors;
    }),
    'E_MODEL',
    [`${UNET}: conv_in.bias[2]`, 'not a finite number', 'got NaN'],
  ],
  [
    'infinite weight',
    'plain',
    editWeights(TEXT, tensors => {
      const t = tensors[0];
      if (t) t.data[0] = Number.NEGATIVE_INFINITY;
      return tensors;
    }),
    'E_MODEL',
    [`${TEXT}: `, 'got -Infinity'],
  ],
  [
    'tensors of another model',
    'plain',
    editWeights(UNET, tensors => tensors.map((t, i) => (i < 5 ? { ...t, name: `foreign.${i}` } : t))),
    'E_MODEL',
    [
      "unet: 5 of the model's weights are missing",
      ' and 2 more',
      '5 it does not have: foreign.0, foreign.1, foreign.2 and 2 more',
    ],
  ],
  [
    'tensor of another shape',
    'plain',
    set('unet/config.json', 'cross_attention_dim', 8),
    'E_MODEL',
    ['cross_attention_dim', "the text encoder's hidden_size"],
  ],
  [
    'config of another size',
    'plain',
    set('vae/config.json', 'layers_per_block', 2),
    'E_MODEL',
    ['vae', 'weights are missing'],
  ],
  [
    'tensor that is transposed',
    'plain',
    editWeights(UNET, tensors =>
      tensors.map(t =>
        t.name === 'time_embedding.linear_1.weight' ? { ...t, shape: [...t.shape].reverse() } : t,
      ),
    ),
    'E_MODEL',
    ['unet: time_embedding.linear_1.weight', 'another shape than config.json'],
  ],
  [
    'integer weights',
    'plain',
    dir => replaceDtype(join(dir, TEXT)),
    'E_SAFETENSORS',
    ['cannot be read as weights', 'got I32'],
  ],
  [
    'inpainting model',
    'plain',
    set('unet/config.json', 'in_channels', 9),
    'E_MODEL',
    ['in_channels', 'expected 4', 'got 9 (an inpainting model)'],
  ],
  [
    'learned variance',
    'plain',
    set('unet/config.json', 'out_channels', 8),
    'E_MODEL',
    ['out_channels', 'got 8'],
  ],
  [
    'unknown scheduler class',
    'plain',
    set('model_index.json', 'scheduler', ['diffusers', 'UniPCMultistepScheduler']),
    'E_SCHEDULER',
    ['UniPCMultistepScheduler'],
  ],
  [
    'scheduler config is no JSON',
    'plain',
    dir => writeFileSync(join(dir, 'scheduler/scheduler_config.json'), '{"a": }'),
    'E_MODEL',
    ['scheduler_config.json: not valid JSON'],
  ],
  [
    'tokenizer with more tokens than embeddings',
    'plain',
    growVocabulary,
    'E_TOKENIZER',
    ['tokenizer: the tokenizer has more tokens', "the text encoder's vocab_size"],
  ],
  [
    'tokenizer longer than the positions',
    'plain',
    set('tokenizer/tokenizer_config.json', 'model_max_length', 78),
    'E_TOKENIZER',
    ['at most 77', 'got 78'],
  ],
  [
    'missing vocabulary',
    'plain',
    remove('tokenizer/vocab.json'),
    'E_TOKENIZER',
    ['vocab.json: file not found'],
  ],
];

/** Says I32 where the header says F32: same bytes, not weights. */
function replaceDtype(path: string): void {
  const bytes = readFileSync(path);
  const header = 8 + Number(bytes.readBigUInt64LE());
  const text = bytes.subarray(0, header).toString('latin1').replaceAll('"F32"', '"I32"');
  writeFileSync(path, Buffer.concat([Buffer.from(text, 'latin1'), bytes.subarray(header)]));
}

function growVocabulary(dir: string): void {
  editJson(dir, 'tokenizer/vocab.json', json => {
    const wanted = JSON.parse(readFileSync(join(dir, 'text_encoder/config.json'), 'utf8')) as {
      vocab_size: number;
    };
    for (let id = Object.keys(json).length; id <= wanted.vocab_size; id++) json[`extra${id}`] = id;
  });
}

test.each(CASES)('%s', async (_, from, damage, code, says) => {
  const dir = copyTinyPipeline(from);
  await damage(dir);
  const before = tf.memory().numTensors;
  const error: unknown = await loadPipeline(dir).then(
    pipeline => pipeline.dispose(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SweetspotError);
  const { message, exitCode } = error as SweetspotError;
  expect(error).toMatchObject({ code });
  for (const part of says) expect(message).toContain(part);
  expect(message.startsWith(dir), message).toBe(true);
  expect(message).not.toContain('\n');
  expect(exitCode).toBe(2);
  expect(tf.memory().numTensors).toBe(before);
});

test('a folder that is not there, a file, and an empty folder', async () => {
  const dir = copyTinyPipeline('plain');
  const missing = join(dir, 'nothing');
  await expect(loadPipeline(missing)).rejects.toMatchObject({ code: 'E_MISSING', place: missing });
  const file = join(dir, UNET);
  await expect(loadPipeline(file)).rejects.toMatchObject({
    what: 'is a file, not a model folder',
    hint: expect.stringContaining('from_single_file'),
  });
  mkdirSync(missing);
  await expect(loadPipeline(missing)).rejects.toMatchObject({ place: join(missing, 'model_index.json') });
});

test('several variants and none asked for: they are named', async () => {
  const dir = copyTinyPipeline('old-names');
  for (const name of readdirSync(join(dir, 'vae')).filter(file => file.endsWith('.safetensors'))) {
    const bytes = readFileSync(join(dir, 'vae', name));
    writeFileSync(join(dir, 'vae', name.replace('fp16', 'bf16')), bytes);
  }
  const loading = loadPipeline(dir, { only: ['vae'] });
  await expect(loading).rejects.toMatchObject({ code: 'E_MISSING', got: 'variants bf16, fp16' });
  (await loadPipeline(dir, { only: ['vae'], variant: 'bf16' })).dispose();
});

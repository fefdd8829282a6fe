import { expect, test } from 'vitest';
import { Parameter } from '../../../src/diffusion/nn/parameter.ts';
import { matchWeights } from '../../../src/diffusion/pipeline/matchWeights.ts';
import type { TensorEntry } from '../../../src/diffusion/safetensors/index.ts';

const parameter = (name: string, ...shape: number[]): Parameter => new Parameter(name, shape, 'plain');

function entries(...list: [name: string, shape: number[]][]): Map<string, TensorEntry> {
  return new Map(list.map(([name, shape]) => [name, { name, shape, dtype: 'F32', start: 0, byteLength: 0 }]));
}

const pairsOf = (parameters: Parameter[], found: Map<string, TensorEntry>): string[][] =>
  matchWeights(parameters, found, 'dir').pairs.map(pair => [pair.parameter.name, pair.tensor]);

test('former names of the attention of the VAE, weights and biases', () => {
  const head = 'encoder.mid_block.attentions.0.';
  const names = ['to_q', 'to_k', 'to_v', 'to_out.0'];
  const former = ['query', 'key', 'value', 'proj_attn'];
  for (const end of ['.weight', '.bias']) {
    const parameters = names.map(name => parameter(head + name + end, 2));
    const found = entries(...former.map(name => [head + name + end, [2]] as [string, number[]]));
    expect(pairsOf(parameters, found)).toEqual(
      names.map((name, i) => [head + name + end, head + former[i] + end]),
    );
  }
});

test('the present name counts more than a former one, in any order', () => {
  const head = 'decoder.mid_block.attentions.0.';
  const wanted = [[`${head}to_q.weight`, `${head}to_q.weight`]];
  const both: [string, number[]][] = [
    [`${head}query.weight`, [2]],
    [`${head}to_q.weight`, [2]],
  ];
  expect(pairsOf([parameter(`${head}to_q.weight`, 2)], entries(...both))).toEqual(wanted);
  expect(pairsOf([parameter(`${head}to_q.weight`, 2)], entries(...both.reverse()))).toEqual(wanted);
});

test('a text encoder without prefix; buffers and the rest of a CLIP are no surprise, other tensors are', () => {
  const found = entries(
    ['final_layer_norm.weight', [2]],
    ['embeddings.position_ids', [1, 77]],
    ['text_model.embeddings.position_ids', [1, 77]],
    ['vision_model.x', [1]],
    ['logit_scale', []],
    ['lora.up', [1]],
  );
  const match = matchWeights([parameter('text_model.final_layer_norm.weight', 2)], found, 'dir');
  expect(match.pairs.map(pair => pair.tensor)).toEqual(['final_layer_norm.weight']);
  expect(match.unused).toEqual(['lora.up']);
});

test('1x1 convolutions and linear layers stand for each other; nothing else does', () => {
  const fits = (wanted: number[], got: number[]): boolean => {
    try {
      matchWeights([parameter('w', ...wanted)], entries(['w', got]), 'dir');
      return true;
    } catch {
      return false;
    }
  };
  expect(fits([4, 3], [4, 3, 1, 1])).toBe(true);
  expect(fits([4, 3], [4, 3, 1])).toBe(true);
  expect(fits([4, 3, 1, 1], [4, 3])).toBe(true);
  expect(fits([4, 3], [3, 4])).toBe(false);
  expect(fits([4, 3, 1, 1], [4, 3, 3, 3])).toBe(false);
  expect(fits([4], [4, 1])).toBe(false);
  expect(fits([4, 1], [4])).toBe(false);
  expect(fits([12], [4, 3])).toBe(false);
});

import { beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';
import { initializeLikeTorch } from '../../../src/diffusion/nn/initialize.ts';
import { Conv2d, Embedding, GroupNorm, LayerNorm, Linear } from '../../../src/diffusion/nn/layers/index.ts';
import { ParameterScope } from '../../../src/diffusion/nn/parameter.ts';

describe('initializeLikeTorch', () => {
  beforeAll(async () => {
    await initBackend();
  });

  it('draws weight, then bias, layer by layer, and nothing for norms', () => {
    const scope = new ParameterScope();
    new Conv2d(scope.at('conv'), 3, 4, 3);
    new GroupNorm(scope.at('group'), 4, 2, 1e-5);
    new Linear(scope.at('plainLinear'), 5, 6, false);
    new LayerNorm(scope.at('layer'), 6, 1e-5);
    new Linear(scope.at('linear'), 6, 2);
    new Embedding(scope.at('table'), 7, 3);
    new Conv2d(scope.at('pointwise'), 4, 5, 1);
    initializeLikeTorch(scope.list, new TorchGenerator(42));

    const expected = new TorchGenerator(42);
    const uniform = (count: number, fanIn: number) =>
      expected.uniform(count, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
    const constant = (count: number, value: number) => new Float32Array(count).fill(value);
    const values = Object.fromEntries(scope.list.map(parameter => [parameter.name, parameter.get()]));
    expect(values).toEqual({
      'conv.weight': uniform(4 * 3 * 9, 27),
      'conv.bias': uniform(4, 27),
      'group.weight': constant(4, 1),
      'group.bias': constant(4, 0),
      'plainLinear.weight': uniform(30, 5),
      'layer.weight': constant(6, 1),
      'layer.bias': constant(6, 0),
      'linear.weight': uniform(12, 6),
      'linear.bias': uniform(2, 6),
      'table.weight': expected.randn(21),
      'pointwise.weight': uniform(20, 4),
      'pointwise.bias': uniform(5, 4),
    });
  });
});

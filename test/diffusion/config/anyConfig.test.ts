import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SweetspotError } from '../../../src/core/errors.ts';
import { parseClipTextConfig } from '../../../src/diffusion/config/clipTextConfig.ts';
import { parseUnetConfig } from '../../../src/diffusion/config/unetConfig.ts';
import { parseVaeConfig } from '../../../src/diffusion/config/vaeConfig.ts';
import { AutoencoderKL, CLIPTextModel, UNet2DConditionModel } from '../../../src/diffusion/models/index.ts';

const number = fc.oneof(fc.integer({ min: -2, max: 64 }), fc.constantFrom(0.5, 1e9, 1e-5));
const numbers = fc.oneof(number, fc.array(number, { maxLength: 4 }));
const wrong = fc.oneof({ arbitrary: fc.jsonValue({ maxDepth: 1 }), weight: 1 });
/** Mostly of the right kind, at times anything. */
const often = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary, weight: 40 }, { arbitrary: wrong, weight: 1 });

/** Levels with blocks of the given types; the lists mostly of one length, as they must be. */
const network = (down: readonly string[], up: readonly string[]) =>
  fc.integer({ min: 1, max: 3 }).chain(levels => {
    const list = <T>(entry: fc.Arbitrary<T>) =>
      often(fc.array(entry, { minLength: levels, maxLength: levels }));
    return fc.record(
      {
        block_out_channels: list(fc.constantFrom(8, 16, 32, 12)),
        down_block_types: list(fc.constantFrom(...down)),
        up_block_types: list(fc.constantFrom(...up)),
        layers_per_block: often(fc.integer({ min: 1, max: 3 })),
        norm_num_groups: often(fc.constantFrom(2, 4, 32)),
        attention_head_dim: often(fc.oneof(fc.constantFrom(1, 2, 4), numbers)),
        cross_attention_dim: often(fc.oneof(fc.constantFrom(8, 24), numbers)),
        transformer_layers_per_block: often(fc.integer({ min: 1, max: 2 })),
        sample_size: often(fc.constantFrom(8, 64)),
        scaling_factor: often(fc.constantFrom(0.18215, 1, 0)),
        norm_eps: often(fc.constantFrom(1e-5, 1e-6)),
        dropout: often(fc.constant(0)),
      },
      {
        requiredKeys: [
          'block_out_channels',
          'down_block_types',
          'up_block_types',
          'norm_num_groups',
          'attention_head_dim',
        ],
      },
    );
  });
const unet = network(['DownBlock2D', 'CrossAttnDownBlock2D'], ['UpBlock2D', 'CrossAttnUpBlock2D']);
const vae = network(['DownEncoderBlock2D'], ['UpDecoderBlock2D']);
const text = fc.record(
  {
    hidden_size: often(fc.constantFrom(8, 12, 64)),
    num_attention_heads: often(fc.integer({ min: 0, max: 4 })),
    num_hidden_layers: often(fc.integer({ min: 0, max: 3 })),
    hidden_act: often(fc.constantFrom('gelu', 'quick_gelu', 'relu')),
    text_config: often(fc.constant(null)),
  },
  { requiredKeys: [] },
);

describe('any configuration', () => {
  it.each([
    {
      name: 'UNet',
      json: unet,
      build: (json: unknown) => new UNet2DConditionModel(parseUnetConfig(json, 'file')),
    },
    { name: 'VAE', json: vae, build: (json: unknown) => new AutoencoderKL(parseVaeConfig(json, 'file')) },
    {
      name: 'CLIP',
      json: text,
      build: (json: unknown) => new CLIPTextModel(parseClipTextConfig(json, 'file')),
    },
  ])('$name: gives a network with distinct tensor names, or E_MODEL on one line', ({ json, build }) => {
    let built = 0;
    fc.assert(
      fc.property(json as fc.Arbitrary<unknown>, value => {
        try {
          const { parameters } = build(value);
          built++;
          expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
          expect(parameters.every(({ size }) => Number.isSafeInteger(size) && size > 0)).toBe(true);
        } catch (error) {
          if (!(error instanceof SweetspotError)) throw error;
          expect(error.code).toBe('E_MODEL');
          expect(error.message).not.toMatch(/[\r\n]/);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
    // Both ends are reached.
    expect(built).toBeGreaterThan(20);
    expect(built).toBeLessThan(480);
  });
});

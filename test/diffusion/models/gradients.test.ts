import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initBackend } from '../../../src/compute/backend.ts';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';
import { DIFFERENTIABLE_BLOCKS } from './differentiableBlocks.ts';
import { DIFFERENTIABLE_NETWORKS } from './differentiableNetworks.ts';
import { directionalDerivatives } from './directionalDerivatives.ts';

/** Step of the central differences, as a fraction of the values that are moved. */
const STEP = 0.01;
/** Of the order of magnitude of the derivative. */
const TOLERANCE = 1e-3;
/** Of what rounding can do. */
const NOISE = 10;

/** With more parameters than that, they are moved module by module: the parts are looked at by themselves. */
const MANY = 30;

/** The module of a parameter, up to the first number: `resnets.0`, `down_blocks.1`, `conv_in`. */
const moduleOf = (name: string): string => /^(\w+\.)*?\w+\.\d+|^\w+/.exec(name)?.[0] ?? name;
describe.each(['wasm', 'cpu'] as const)('gradients against finite differences on %s', backend => {
  beforeAll(async () => {
    await initBackend({ name: backend });
    tf.engine().startScope();
  });
  afterAll(() => tf.engine().endScope());

  it.each([...DIFFERENTIABLE_BLOCKS, ...DIFFERENTIABLE_NETWORKS])('%s', (_, build) => {
    const built = build();
    const grouped = built.parameters.length > MANY ? { ...built, groupOf: moduleOf } : built;
    const derivatives = directionalDerivatives(grouped, new TorchGenerator(23), STEP);
    for (const { name, analytic, numeric, scale, noise } of derivatives) {
      expect(Math.abs(analytic - numeric), name).toBeLessThan(TOLERANCE * scale + NOISE * noise);
    }
  });
});

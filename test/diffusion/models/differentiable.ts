import * as tf from '@tensorflow/tfjs-core';
import { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';
import { initializeLikeTorch } from '../../../src/diffusion/nn/initialize.ts';
import { type Parameter, ParameterScope } from '../../../src/diffusion/nn/parameter.ts';
import type { Differentiable } from './directionalDerivatives.ts';

/** A module on random inputs of the given shapes. */
export function ofModule<T>(
  construct: (scope: ParameterScope) => T,
  shapes: readonly (readonly number[])[],
  forward: (module: T, inputs: tf.Tensor[]) => tf.Tensor,
): Differentiable {
  const scope = new ParameterScope();
  const module = construct(scope);
  return ofModel(module, scope.list, shapes, forward);
}

/** A model, its parameters and its inputs filled with draws of one generator. */
export function ofModel<T>(
  model: T,
  parameters: readonly Parameter[],
  shapes: readonly (readonly number[])[],
  forward: (model: T, inputs: tf.Tensor[]) => tf.Tensor,
): Differentiable {
  const generator = new TorchGenerator(11);
  initializeLikeTorch(parameters, generator);
  const inputs = shapes.map(shape => {
    const size = shape.reduce((a, b) => a * b);
    return tf.variable(tf.tensor(generator.randn(Math.max(16, size)).slice(0, size), [...shape]));
  });
  return { parameters, inputs, forward: () => forward(model, inputs) };
}

export const four = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
export const three = (x: tf.Tensor | undefined) => x as tf.Tensor3D;
export const two = (x: tf.Tensor | undefined) => x as tf.Tensor2D;

import type { TorchGenerator } from '../../../core/random/torchGenerator.ts';
import { initializeLikeTorch } from '../../nn/initialize.ts';
import type { Parameter } from '../../nn/parameter.ts';
import type { CLIPTextModel } from './clipTextModel.ts';

/** Standard deviation of the embeddings, and of what transformers gives every linear layer before the layer's owner does. */
const BASE_STD = 0.02;

/**
 * Fills a text encoder as transformers does when it makes one: normal weights whose spread follows width and depth (as
 * OpenAI's CLIP), biases 0. The same draws in the same order: torch's own initialisation first, which is overwritten,
 * then module by module, children before their owner.
 */
export function initializeClipText(model: CLIPTextModel, generator: TorchGenerator): void {
  const { hiddenSize, numHiddenLayers } = model.config;
  const inward = hiddenSize ** -0.5 * (2 * numHiddenLayers) ** -0.5;
  const parameters = new Map(model.parameters.map(parameter => [parameter.name, parameter]));
  const normal = (name: string, std: number): void => {
    const parameter = parameters.get(`text_model.${name}.weight`);
    parameter?.set(generator.randn(parameter.size).map(value => value * std));
  };
  const base = (...names: readonly string[]): void => {
    for (const name of names) normal(name, BASE_STD);
  };

  initializeLikeTorch(model.parameters, generator);
  for (const parameter of model.parameters.filter(isBias)) parameter.set(new Float32Array(parameter.size));
  base('embeddings.token_embedding', 'embeddings.position_embedding');
  base('embeddings.token_embedding', 'embeddings.position_embedding');
  for (let i = 0; i < numHiddenLayers; i++) {
    const attention = `encoder.layers.${i}.self_attn`;
    const mlp = `encoder.layers.${i}.mlp`;
    base(...['k', 'v', 'q', 'out'].map(name => `${attention}.${name}_proj`));
    for (const name of ['q', 'k', 'v']) normal(`${attention}.${name}_proj`, inward);
    normal(`${attention}.out_proj`, hiddenSize ** -0.5);
    base(`${mlp}.fc1`, `${mlp}.fc2`);
    normal(`${mlp}.fc1`, (2 * hiddenSize) ** -0.5);
    normal(`${mlp}.fc2`, inward);
  }
}

const isBias = ({ name }: Parameter): boolean => name.endsWith('bias');

import type { TorchGenerator } from '../../../core/random/torchGenerator.ts';
import type { Parameter } from '../../nn/parameter.ts';
import type { CLIPModel } from './clipModel.ts';

/** Radford et al. 2021, section 2.5: the temperature 0.07 that training begins with, as what cosines are multiplied by. */
const INITIAL_SCALE = Math.log(1 / 0.07);
const EMBEDDING_STD = 0.02;

/**
 * Fills a CLIP with fresh weights, spread as transformers' `CLIPPreTrainedModel._init_weights` spreads them: embeddings
 * narrow, linear layers by width and depth, norms 1, biases 0. The draws are in our order, not torch's.
 */
export function initializeClip(model: CLIPModel, generator: TorchGenerator): void {
  const { text, vision } = model.config;
  for (const parameter of model.parameters) {
    const { hiddenSize, numHiddenLayers } = parameter.name.startsWith('text_') ? text : vision;
    const std = spreadOf(parameter, hiddenSize, numHiddenLayers);
    if (parameter.name === 'logit_scale') parameter.set(new Float32Array([INITIAL_SCALE]));
    else if (std === null)
      parameter.set(new Float32Array(parameter.size).fill(isNormWeight(parameter) ? 1 : 0));
    else parameter.set(generator.randn(parameter.size).map(value => value * std));
  }
}

const isNormWeight = ({ name }: Parameter): boolean => /(norm\d?|layrnorm)\.weight$/.test(name);

/** Null: nothing is drawn. */
function spreadOf(parameter: Parameter, width: number, depth: number): number | null {
  const { name } = parameter;
  if (name.endsWith('bias') || isNormWeight(parameter)) return null;
  const inward = width ** -0.5 * (2 * depth) ** -0.5;
  if (/\.(q_proj|k_proj|v_proj|fc2)\./.test(name)) return inward;
  if (/\.fc1\./.test(name)) return (2 * width) ** -0.5;
  if (/(out_proj|_projection)\.|class_embedding/.test(name)) return width ** -0.5;
  return EMBEDDING_STD;
}

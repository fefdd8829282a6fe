import type * as tf from '@tensorflow/tfjs-core';
import { CompiledFunction } from '../../compute/graph/compiledFunction.ts';
import type { Parameter } from './parameter.ts';

/** A model's forward pass as a {@link CompiledFunction}; `name` goes into "... is computed op by op". */
export const compiledModel = (
  name: string,
  model: { parameters: readonly Parameter[]; config: object },
  compute: (inputs: tf.NamedTensorMap) => tf.NamedTensorMap,
): CompiledFunction =>
  new CompiledFunction({
    name,
    compute,
    get weights() {
      return model.parameters.map(weight => ({ name: weight.name, weight }));
    },
    get identity() {
      return model.config;
    },
  });

import type { TorchGenerator } from '../../core/random/torchGenerator.ts';
import type { Parameter } from './parameter.ts';

/**
 * Fills parameters as torch's modules fill them when they are constructed: the same draws in the same order, when the
 * list is in constructor order. Convolutions and linear layers: weight, then bias, uniform in +-1/sqrt(fan_in) (torch's
 * kaiming_uniform_ with a = sqrt(5)); embeddings: standard normal; norms: 1 and 0, without a draw.
 */
export function initializeLikeTorch(parameters: readonly Parameter[], generator: TorchGenerator): void {
  /** Bound for the bias that follows a weight; 0 after a norm's. */
  let biasBound = 0;
  for (const parameter of parameters) {
    const isBias = parameter.name.endsWith('bias');
    if (!isBias) biasBound = parameter.layout === 'plain' ? 0 : 1 / Math.sqrt(fanIn(parameter.shape));
    parameter.set(draw(parameter, isBias, biasBound, generator));
  }
}

function draw(parameter: Parameter, isBias: boolean, bound: number, generator: TorchGenerator): Float32Array {
  const { size, shape } = parameter;
  if (bound > 0) return generator.uniform(size, -bound, bound);
  if (shape.length === 2) return generator.randn(size);
  return new Float32Array(size).fill(isBias ? 0 : 1);
}

/** Inputs that one output is a sum of: [out, in, kh, kw] -> in * kh * kw. */
const fanIn = (shape: readonly number[]): number => shape.slice(1).reduce((a, b) => a * b, 1);

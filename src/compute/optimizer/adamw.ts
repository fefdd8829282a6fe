import type * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import { changeValues, readValues } from '../values.ts';
import { updateOnHeap, updateQuantizedOnHeap } from '../wasm/own/heapArrays.ts';
import { BLOCK, SIGNED_CODE, UNSIGNED_CODE } from './dynamicCode.ts';
import { allocateMoments, freeMoments } from './heapMoments.ts';
import {
  areQuantized,
  copyMoments,
  type MomentPair,
  type Moments,
  type QuantizedMoment,
  setMoments,
  sizeOfMoment,
  takesEightBits,
} from './moments.ts';
import { dequantizeBlock, quantizeBlock } from './quantizeBlock.ts';

export type { Moments } from './moments.ts';

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  /** Keeps the moments of large variables in eight bits, as bitsandbytes' AdamW8bit does. Default: false. */
  eightBits?: boolean;
}

export interface AdamWState {
  /** Updates made so far. */
  step: number;
  /** In the order of the variables. */
  moments: Moments[];
}

/**
 * AdamW (Loshchilov & Hutter 2019) with the arithmetic of torch.optim.AdamW in float32: weight decay first and apart
 * from the gradient, bias correction of both moments, eps added to the corrected root. Variables are changed in place; the
 * moments are no tensors.
 */
export class AdamW {
  readonly #variables: readonly tf.Variable[];
  readonly #options: AdamWOptions;
  #moments: Moments[];
  #step = 0;

  constructor(variables: readonly tf.Variable[], options: AdamWOptions) {
    this.#variables = variables;
    this.#options = options;
    this.#moments = variables.map(({ size }) => allocateMoments(size, options.eightBits ?? false));
  }

  /**
   * One update of every variable with the gradients (same order and shapes) times `gradScale`.
   * @param lr the learning rate of all variables, or one for each
   */
  step(grads: readonly tf.Tensor[], lr: number | readonly number[], gradScale: number): void {
    if (grads.length !== this.#variables.length) {
      throw new SweetspotError('E_INTERNAL', 'every variable needs one gradient', {
        allowed: `${this.#variables.length}`,
        got: `${grads.length}`,
      });
    }
    this.#step++;
    this.#variables.forEach((variable, i) => {
      const rate = typeof lr === 'number' ? lr : (lr[i] ?? Number.NaN);
      const factors = factorsOf(this.#options, this.#step, rate, gradScale);
      const grad = grads[i] as tf.Tensor;
      const moments = this.#moments[i];
      if (grad.size !== variable.size || !moments) throw wrongSize('gradient', variable, grad.size);
      changeValues(variable, values => {
        const g = readValues(grad);
        if (areQuantized(moments)) updateQuantized(values, g, moments, factors);
        else updateFloats(values, g, moments, factors);
      });
    });
  }

  /** A copy of everything needed to go on later. */
  state(): AdamWState {
    return { step: this.#step, moments: this.#moments.map(copyMoments) };
  }

  /** Goes on from a state of an optimizer with variables of the same sizes; the state is copied. */
  restore(state: AdamWState): void {
    checkState(state, this.#variables, this.#options);
    state.moments.forEach((moments, i) => {
      setMoments(this.#moments[i] as Moments, moments);
    });
    this.#step = state.step;
  }

  /** Lets go of the moments; the variables stay. */
  dispose(): void {
    for (const moments of this.#moments) freeMoments(moments);
    this.#moments = [];
  }
}

/** @throws E_CHECKPOINT when a state is not one of variables of these sizes, or its moments have another precision */
export function checkState(
  state: AdamWState,
  variables: readonly { name: string; size: number }[],
  { eightBits = false }: Pick<AdamWOptions, 'eightBits'> = {},
): void {
  if (state.moments.length !== variables.length || !Number.isInteger(state.step) || state.step < 0) {
    throw new SweetspotError('E_CHECKPOINT', 'the optimizer state does not fit the model', {
      allowed: `${variables.length} variables`,
      got: `${state.moments.length} variables at step ${state.step}`,
    });
  }
  variables.forEach((variable, i) => {
    const moments = state.moments[i] as Moments;
    for (const length of [moments.m, moments.v].map(sizeOfMoment))
      if (length !== variable.size) throw wrongSize('moment', variable, length);
    if (areQuantized(moments) === (eightBits && takesEightBits(variable.size))) return;
    throw new SweetspotError('E_CHECKPOINT', 'a moment has the wrong precision', {
      place: variable.name,
      hint: 'Go on with the same use_8bit_adam, or start over.',
    });
  });
}

function wrongSize(what: string, variable: { name: string; size: number }, got: number): SweetspotError {
  const code = what === 'moment' ? 'E_CHECKPOINT' : 'E_INTERNAL';
  return new SweetspotError(code, `a ${what} has the wrong size`, {
    place: variable.name,
    allowed: `${variable.size} values`,
    got: `${got}`,
  });
}

/** The scalars of one update, computed in double precision and rounded once, as torch does. The kernel wants this order. */
type Factors = ReturnType<typeof factorsOf>;

function factorsOf(
  { beta1, beta2, eps, weightDecay }: AdamWOptions,
  step: number,
  lr: number,
  gradScale: number,
) {
  return {
    gradScale: Math.fround(gradScale),
    decay: Math.fround(1 - lr * weightDecay),
    beta1Rest: Math.fround(1 - beta1),
    beta2: Math.fround(beta2),
    beta2Rest: Math.fround(1 - beta2),
    rootCorrection: Math.fround(Math.sqrt(1 - beta2 ** step)),
    eps: Math.fround(eps),
    stepSize: Math.fround(-lr / (1 - beta1 ** step)),
  };
}

function updateFloats(
  p: Float32Array,
  grad: Float32Array,
  moments: MomentPair<Float32Array>,
  factors: Factors,
): void {
  if (!updateOnHeap(p, grad, moments, Object.values(factors))) update(p, grad, moments, factors);
}

/** Block after block: moments to float32, the update, and back to eight bits. */
function updateQuantized(
  p: Float32Array,
  grad: Float32Array,
  moments: MomentPair<QuantizedMoment>,
  factors: Factors,
): void {
  if (updateQuantizedOnHeap(p, grad, moments, Object.values(factors))) return;
  const { m, v } = moments;
  const floats = { m: new Float32Array(BLOCK), v: new Float32Array(BLOCK) };
  for (let block = 0, from = 0; from < p.length; block++, from += BLOCK) {
    const to = Math.min(from + BLOCK, p.length);
    const part = { m: floats.m.subarray(0, to - from), v: floats.v.subarray(0, to - from) };
    const codes = { m: m.codes.subarray(from, to), v: v.codes.subarray(from, to) };
    dequantizeBlock(codes.m, m.absmax[block] as number, part.m, SIGNED_CODE);
    dequantizeBlock(codes.v, v.absmax[block] as number, part.v, UNSIGNED_CODE);
    update(p.subarray(from, to), grad.subarray(from, to), part, factors);
    m.absmax[block] = quantizeBlock(part.m, codes.m, SIGNED_CODE);
    v.absmax[block] = quantizeBlock(part.v, codes.v, UNSIGNED_CODE);
  }
}

/**
 * Updates one variable and its moments in place, rounding to float32 where torch's CPU kernels do. Sums with a product
 * are rounded once there (fused multiply-add); in double precision the product is exact, which comes to the same.
 */
function update(
  p: Float32Array,
  grad: Float32Array,
  { m, v }: MomentPair<Float32Array>,
  factors: Factors,
): void {
  const { gradScale, decay, beta1Rest, beta2, beta2Rest, rootCorrection, eps, stepSize } = factors;
  const f = Math.fround;
  for (let i = 0; i < p.length; i++) {
    const g = f((grad[i] as number) * gradScale);
    const m0 = m[i] as number;
    const m1 = f(m0 + beta1Rest * f(g - m0));
    const v1 = f(f((v[i] as number) * beta2) + f(beta2Rest * g) * g);
    const root = f(f(f(Math.sqrt(v1)) / rootCorrection) + eps);
    m[i] = m1;
    v[i] = v1;
    p[i] = f(f((p[i] as number) * decay) + f(f(stepSize * m1) / root));
  }
}

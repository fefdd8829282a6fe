import { action, type GraphNode, type GraphValue, scalar, typeOf } from './graphNode.ts';
import { assign, type GraphVariable, readVariable } from './graphProgram.ts';
import { FLOAT, make } from './simplify/rewriteRule.ts';

/** Scalars of one update, as placeholders. */
export interface AdamFactors {
  /** 1 - learning rate * weight decay; null for no decay at all. */
  decay: GraphValue | null;
  /** Learning rate with both bias corrections. */
  stepSize: GraphValue;
  /** Epsilon times the second moment's correction. */
  epsilon: GraphValue;
}

/**
 * One AdamW update (Loshchilov & Hutter 2019) in place: decay apart from the gradient, then TensorFlow's fused Adam.
 * That one divides by sqrt(v) + e where torch divides by sqrt(v) / c + eps, c = sqrt(1 - beta2^t); both are the same with
 * e = eps * c and the rate times c, which is why these come as inputs and TensorFlow's own corrections are switched off.
 *
 * @param after what must have been done before the weight is read
 */
export function adamNodes(
  weight: GraphVariable,
  { m, v }: { m: GraphVariable; v: GraphVariable },
  gradient: GraphValue,
  { decay, stepSize, epsilon }: AdamFactors,
  { beta1, beta2 }: { beta1: number; beta2: number },
  after: readonly GraphNode[],
): GraphNode[] {
  const decayed = decay && assign(weight, make('Mul', [readVariable(weight, after), decay], FLOAT));
  const uncorrected = scalar(0);
  const betas = [scalar(beta1), scalar(beta2)];
  const handles = [weight.handle, m.handle, v.handle];
  return [
    action(
      'ResourceApplyAdam',
      [...handles, uncorrected, uncorrected, stepSize, ...betas, epsilon, gradient],
      { T: { type: typeOf(gradient).dtype }, use_locking: { bool: false }, use_nesterov: { bool: false } },
      decayed ? [decayed] : [],
    ),
  ];
}

import type { TensorType } from '../tensorType.ts';
import { elementwiseRules } from './elementwiseRules.ts';
import { movementRules } from './movementRules.ts';
import { productRules } from './productRules.ts';
import { reductionRules } from './reductionRules.ts';
import type { OpCall, ShapeRule } from './shapeRule.ts';

/** Every operation that a graph may be made of. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({ ...elementwiseRules, ...reductionRules, ...productRules, ...movementRules }),
);

/** An operation that graphs cannot have; what wanted it is run op by op instead. */
export class UnsupportedOp extends Error {
  readonly op: string;

  constructor(op: string) {
    super(`no shape rule for TensorFlow's ${op}`);
    this.op = op;
  }
}

/**
 * Types of an operation's outputs without running it.
 * @throws UnsupportedOp for an operation without a rule
 */
export function inferTypes(call: OpCall): TensorType[] {
  const rule = shapeRules.get(call.op);
  if (!rule) throw new UnsupportedOp(call.op);
  return rule(call);
}

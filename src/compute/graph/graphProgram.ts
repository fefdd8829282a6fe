import { action, type GraphNode, type GraphValue, operation } from './graphNode.ts';
import { DType, type TensorType } from './tensorType.ts';

/** A tensor that stays in the graph between calls. */
export interface GraphVariable extends TensorType {
  name: string;
  /** What every call of the graph knows it by. */
  handle: GraphValue;
}

/** One way to call a graph. */
export interface Signature {
  inputs: ReadonlyMap<string, GraphValue>;
  outputs: ReadonlyMap<string, GraphValue>;
  /** What else the call does, such as assignments; all of it before the outputs are handed out. */
  updates: readonly GraphNode[];
  /** Whether XLA compiles the whole call to machine code. */
  byXla?: boolean;
}

/** Several ways to call over the same variables: what one SavedModel holds. */
export interface GraphProgram {
  variables: readonly GraphVariable[];
  signatures: ReadonlyMap<string, Signature>;
}

export function graphVariable(name: string, { dtype, shape }: TensorType): GraphVariable {
  const attributes = { shared_name: { text: name }, dtype: { type: dtype }, shape: { shape } };
  return {
    name,
    dtype,
    shape,
    handle: operation('VarHandleOp', { dtype: DType.resource, shape: [] }, [], attributes),
  };
}

/** The variable's value; `after` what must have been done before. */
export const readVariable = (variable: GraphVariable, after: readonly GraphNode[] = []): GraphValue =>
  operation(
    'ReadVariableOp',
    { dtype: variable.dtype, shape: variable.shape },
    [variable.handle],
    { dtype: { type: variable.dtype } },
    after,
  );

/** `AssignVariableOp`, `AssignAddVariableOp` or `AssignSubVariableOp`. */
export const assign = (
  variable: GraphVariable,
  value: GraphValue,
  { op = 'AssignVariableOp', after = [] as readonly GraphNode[] } = {},
): GraphNode => action(op, [variable.handle, value], { dtype: { type: variable.dtype } }, after);

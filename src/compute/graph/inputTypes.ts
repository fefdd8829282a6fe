import * as tf from '@tensorflow/tfjs-core';
import { dtypeNumber, type TensorType } from './tensorType.ts';

/** The types of what a call is given, by name. */
export type InputTypes = ReadonlyMap<string, TensorType>;

export const typesOf = (inputs: Readonly<Record<string, tf.Tensor>>): InputTypes =>
  new Map(
    Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype: dtypeNumber(dtype), shape }]),
  );

export function sameTypes(a: InputTypes, b: InputTypes): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, type]) => {
    const other = b.get(name);
    return other?.dtype === type.dtype && tf.util.arraysEqual([...other.shape], [...type.shape]);
  });
}

/** As JSON, for an identity. */
export const describeTypes = (types: InputTypes) =>
  [...types].map(([name, { dtype, shape }]) => ({ name, dtype, shape: [...shape] }));

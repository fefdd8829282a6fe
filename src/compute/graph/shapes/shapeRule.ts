import { SweetspotError } from '../../../core/errors.ts';
import { type Attributes, constantData, type GraphValue, typeOf } from '../graphNode.ts';
import type { TensorType } from '../tensorType.ts';

/** One operation whose outputs are to be described. */
export interface OpCall {
  op: string;
  attributes: Attributes;
  inputs: readonly GraphValue[];
}

/** The types of an operation's outputs, from its inputs' types and constant values. */
export type ShapeRule = (call: OpCall) => TensorType[];

export function inputType({ op, inputs }: OpCall, index: number): TensorType {
  const value = inputs[index];
  if (!value)
    throw new SweetspotError('E_INTERNAL', 'an operation lacks an input', { place: op, got: `${index}` });
  return typeOf(value);
}

/** The numbers of an input that must be known when the graph is made, such as a shape or axes. */
export function knownIntegers({ op, inputs }: OpCall, index: number): number[] {
  const value = inputs[index];
  const data = value && constantData(value);
  if (data) return Array.from(data);
  throw new SweetspotError('E_INTERNAL', 'a shape depends on computed values', {
    place: `${op}, input ${index}`,
  });
}

export function flag({ attributes }: OpCall, name: string): boolean {
  const value = attributes[name];
  return value !== undefined && 'bool' in value && value.bool;
}

export function integerList({ attributes }: OpCall, name: string): readonly number[] {
  const value = attributes[name];
  return value !== undefined && 'ints' in value ? value.ints : [];
}

export function integer({ attributes }: OpCall, name: string): number {
  const value = attributes[name];
  return value !== undefined && 'int' in value ? value.int : 0;
}

export function text({ attributes }: OpCall, name: string): string {
  const value = attributes[name];
  return value !== undefined && 'text' in value ? value.text : '';
}

export function typeNumber({ attributes }: OpCall, name: string): number {
  const value = attributes[name];
  return value !== undefined && 'type' in value ? value.type : 0;
}

/** NumPy's broadcasting. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new SweetspotError('E_INTERNAL', 'shapes do not go together', { got: `[${a}] and [${b}]` });
  });
}

/** An axis counted from the front. */
export const frontAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

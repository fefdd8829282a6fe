import type { TensorType } from './tensorType.ts';

/** A tensor that is fed to a graph or fetched from it, with its name there. */
export interface Endpoint extends TensorType {
  name: string;
  tensor: string;
}

/** What a program must know of a written graph to call it. */
export interface GraphLayout {
  variables: readonly (TensorType & { name: string })[];
  signatures: Readonly<Record<string, { inputs: readonly Endpoint[]; outputs: readonly Endpoint[] }>>;
}

/** Names of what writes and reads the variable with this index. */
export const setterNames = (index: number) => ({ feed: `set${index}:0`, fetch: `set${index}_done:0` });
export const getterName = (index: number): string => `get${index}:0`;

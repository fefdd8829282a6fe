import { BLOCK, type DynamicCode, SIGNED_CODE, UNSIGNED_CODE } from '../optimizer/dynamicCode.ts';
import { blocksOf, type Moment, type Moments } from '../optimizer/moments.ts';
import type { MomentIndices } from './trainingGraph.ts';

/** Where the moments of each trained weight are among a graph's variables. */
interface MomentRanges {
  m: readonly MomentIndices[];
  v: readonly MomentIndices[];
}

export const momentIndices = ({ m, v }: MomentRanges): number[] =>
  [...m, ...v].flatMap(({ values, absmax }) => (absmax === null ? [values] : [values, absmax]));

/** Moments of weights of these sizes, from the values of the graph's variables. */
export function momentsFrom(
  values: ReadonlyMap<number, Float32Array | Uint8Array>,
  { m, v }: MomentRanges,
  sizes: readonly number[],
): Moments[] {
  const read = ({ values: at, absmax }: MomentIndices, size: number): Moment => {
    const own = values.get(at) ?? new Float32Array();
    if (own instanceof Float32Array) return own;
    return { codes: own.slice(0, size), absmax: values.get(absmax ?? -1) as Float32Array };
  };
  return sizes.map((size, i) => ({
    m: read(m[i] as MomentIndices, size),
    v: read(v[i] as MomentIndices, size),
  })) as Moments[];
}

/** The other way round. */
export function valuesOfMoments(
  moments: readonly Moments[],
  { m, v }: MomentRanges,
): Map<number, Float32Array | Uint8Array> {
  const values = new Map<number, Float32Array | Uint8Array>();
  const take = (moment: Moment, { values: at, absmax }: MomentIndices, code: DynamicCode) => {
    values.set(at, moment instanceof Float32Array ? moment : inWholeBlocks(moment.codes, code));
    if (absmax !== null && !(moment instanceof Float32Array)) values.set(absmax, moment.absmax);
  };
  moments.forEach((pair, i) => {
    take(pair.m, m[i] as MomentIndices, SIGNED_CODE);
    take(pair.v, v[i] as MomentIndices, UNSIGNED_CODE);
  });
  return values;
}

/** Codes as the graph has them. */
function inWholeBlocks(codes: Uint8Array, { zero }: DynamicCode): Uint8Array {
  const whole = new Uint8Array(blocksOf(codes.length) * BLOCK).fill(zero);
  whole.set(codes);
  return whole;
}

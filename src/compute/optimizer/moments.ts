import { BLOCK } from './dynamicCode.ts';

/** Variables of fewer values keep their moments in float32, as in bitsandbytes: they are norms and biases. */
const FEWEST_IN_EIGHT_BITS = 4096;

/** A moment in eight bits: for each value a code of the dynamic map, for each block of 256 a scale. */
export interface QuantizedMoment {
  codes: Uint8Array;
  /** The largest absolute value of each block, the last of which may be short. */
  absmax: Float32Array;
}

export type Moment = Float32Array | QuantizedMoment;

/** First and second moment of one variable, flat, in the variable's layout. */
export interface MomentPair<M extends Moment> {
  m: M;
  v: M;
}

export type Moments = MomentPair<Float32Array> | MomentPair<QuantizedMoment>;

export const areQuantized = (moments: Moments): moments is MomentPair<QuantizedMoment> =>
  !(moments.m instanceof Float32Array);

/** Whether a variable of this size has its moments in eight bits where that is wanted. */
export const takesEightBits = (size: number): boolean => size >= FEWEST_IN_EIGHT_BITS;

export const blocksOf = (size: number): number => Math.ceil(size / BLOCK);

export const sizeOfMoment = (moment: Moment): number =>
  moment instanceof Float32Array ? moment.length : moment.codes.length;

/** Both zero, in ordinary arrays. */
export function zeroMoments(size: number, eightBits: boolean): Moments {
  return makeMoments(size, eightBits, {
    floats: length => new Float32Array(length),
    bytes: length => new Uint8Array(length),
  });
}

/** Where the arrays come from; all zero. */
interface Arrays {
  floats: (length: number) => Float32Array;
  bytes: (length: number) => Uint8Array;
}

export function makeMoments(size: number, eightBits: boolean, { floats, bytes }: Arrays): Moments {
  if (!eightBits || !takesEightBits(size)) return { m: floats(size), v: floats(size) };
  const quantized = () => ({ codes: bytes(size), absmax: floats(blocksOf(size)) });
  return { m: quantized(), v: quantized() };
}

export function copyMoments(moments: Moments): Moments {
  if (!areQuantized(moments)) return { m: moments.m.slice(), v: moments.v.slice() };
  const copy = ({ codes, absmax }: QuantizedMoment) => ({ codes: codes.slice(), absmax: absmax.slice() });
  return { m: copy(moments.m), v: copy(moments.v) };
}

/** Overwrites moments with others that are kept in the same way. */
export function setMoments(to: Moments, from: Moments): void {
  const values = arraysOf(from);
  arraysOf(to).forEach((array, i) => {
    array.set(values[i] ?? []);
  });
}

export const arraysOf = ({ m, v }: Moments): (Float32Array | Uint8Array)[] =>
  [m, v].flatMap(moment => (moment instanceof Float32Array ? [moment] : [moment.codes, moment.absmax]));

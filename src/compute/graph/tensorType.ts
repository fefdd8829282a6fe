/** TensorFlow's numbers of element types (types.proto). */
export const DType = {
  float32: 1,
  uint8: 4,
  int32: 3,
  int8: 6,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  resource: 20,
} as const;

/** What is known of a tensor before it is computed. */
export interface TensorType {
  /** One of {@link DType}. */
  dtype: number;
  shape: readonly number[];
}

export const sizeOfType = ({ shape }: TensorType): number => shape.reduce((a, b) => a * b, 1);

const BYTES: Record<number, number> = {
  [DType.uint8]: 1,
  [DType.int8]: 1,
  [DType.bool]: 1,
  [DType.bfloat16]: 2,
  [DType.float16]: 2,
  [DType.int64]: 8,
};

/** Memory of a tensor of this type, in bytes. */
export const bytesOfType = (type: TensorType): number => sizeOfType(type) * (BYTES[type.dtype] ?? 4);

/** tfjs' name of a type that tfjs has. */
export function tfjsType(dtype: number): 'float32' | 'int32' | 'bool' {
  return dtype === DType.int32 ? 'int32' : dtype === DType.bool ? 'bool' : 'float32';
}

/** TensorFlow's number for a type of tfjs. */
export const dtypeNumber = (dtype: string): number =>
  dtype === 'int32' ? DType.int32 : dtype === 'bool' ? DType.bool : DType.float32;

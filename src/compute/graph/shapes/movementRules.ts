import { frontAxis, inputType, integer, knownIntegers, type ShapeRule } from './shapeRule.ts';

const total = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const padded: ShapeRule = call => {
  const { dtype, shape } = inputType(call, 0);
  const pads = knownIntegers(call, 1);
  return [
    { dtype, shape: shape.map((size, axis) => (pads[2 * axis] ?? 0) + size + (pads[2 * axis + 1] ?? 0)) },
  ];
};

const likeFirst: ShapeRule = call => {
  const { dtype } = inputType(call, 0);
  return [{ dtype, shape: knownIntegers(call, 1) }];
};

/** Operations that move, repeat, cut and join elements. */
export const movementRules: Record<string, ShapeRule> = {
  Reshape: call => {
    const { dtype, shape } = inputType(call, 0);
    const wanted = knownIntegers(call, 1);
    const known = total(wanted.filter(size => size !== -1));
    return [{ dtype, shape: wanted.map(size => (size === -1 ? total(shape) / known : size)) }];
  },
  Transpose: call => {
    const { dtype, shape } = inputType(call, 0);
    return [{ dtype, shape: knownIntegers(call, 1).map(axis => shape[axis] ?? 0) }];
  },
  BroadcastTo: likeFirst,
  Fill: call => [{ dtype: inputType(call, 1).dtype, shape: knownIntegers(call, 0) }],
  Tile: call => {
    const { dtype, shape } = inputType(call, 0);
    return [{ dtype, shape: knownIntegers(call, 1).map((times, axis) => times * (shape[axis] ?? 0)) }];
  },
  ExpandDims: call => {
    const { dtype, shape } = inputType(call, 0);
    const axis = frontAxis(knownIntegers(call, 1)[0] ?? 0, shape.length + 1);
    return [{ dtype, shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)] }];
  },
  Pack: call => {
    const { dtype, shape } = inputType(call, 0);
    const axis = frontAxis(integer(call, 'axis'), shape.length + 1);
    return [{ dtype, shape: [...shape.slice(0, axis), call.inputs.length, ...shape.slice(axis)] }];
  },
  ConcatV2: call => {
    const last = call.inputs.length - 1;
    const { dtype, shape } = inputType(call, 0);
    const axis = frontAxis(knownIntegers(call, last)[0] ?? 0, shape.length);
    const length = call.inputs
      .slice(0, last)
      .reduce((sum, _, i) => sum + (inputType(call, i).shape[axis] ?? 0), 0);
    return [{ dtype, shape: shape.map((size, i) => (i === axis ? length : size)) }];
  },
  SplitV: call => {
    const { dtype, shape } = inputType(call, 0);
    const axis = frontAxis(knownIntegers(call, 2)[0] ?? 0, shape.length);
    return knownIntegers(call, 1).map(part => ({
      dtype,
      shape: shape.map((size, i) => (i === axis ? part : size)),
    }));
  },
  Slice: call => {
    const { dtype, shape } = inputType(call, 0);
    const begin = knownIntegers(call, 1);
    const sizes = knownIntegers(call, 2);
    return [
      { dtype, shape: sizes.map((size, i) => (size === -1 ? (shape[i] ?? 0) - (begin[i] ?? 0) : size)) },
    ];
  },
  GatherV2: call => {
    const { dtype, shape } = inputType(call, 0);
    const axis = frontAxis(knownIntegers(call, 2)[0] ?? 0, shape.length);
    return [
      { dtype, shape: [...shape.slice(0, axis), ...inputType(call, 1).shape, ...shape.slice(axis + 1)] },
    ];
  },
  Pad: padded,
  PadV2: padded,
};

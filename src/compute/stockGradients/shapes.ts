import * as tf from '@tensorflow/tfjs-core';
import { defineGradient } from './defineGradient.ts';
import { sumTo } from './sumTo.ts';

type One = [tf.Tensor];

/** Repeats a reduced tensor over the axes that were reduced. */
function spread(dy: tf.Tensor, shape: number[], axes: number[], factor: number): tf.Tensor {
  const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return tf.mul(tf.reshape(dy, kept), tf.fill(shape, factor));
}

/** Gradients of the kernels that move values, or add them up. */
export function registerShapeGradients(): void {
  for (const [kernel, input] of [
    ['Reshape', 'x'],
    ['ExpandDims', 'input'],
  ] as const) {
    // biome-ignore format: table
    defineGradient({
      kernel,
      inputs: [input],
      gradient: ([dy], [x]) => ({ [input]: () => tf.reshape(dy as tf.Tensor, (x as tf.Tensor).shape) }),
    });
  }
  defineGradient({
    kernel: 'Transpose',
    gradient: ([dy], _, { perm }) => ({
      x: () => tf.transpose(dy as tf.Tensor, tf.backend_util.getUndoAxesPermutation(perm as number[])),
    }),
  });
  for (const kernel of ['Sum', 'Mean']) {
    defineGradient({
      kernel,
      inputs: ['x'],
      gradient: ([dy], [input], { axis }) => {
        const { shape } = input as tf.Tensor;
        const axes = tf.util.parseAxisParam(axis as number | number[], shape);
        const count = axes.reduce((n, a) => n * (shape[a] as number), 1);
        return { x: () => spread(dy as tf.Tensor, shape, axes, kernel === 'Mean' ? 1 / count : 1) };
      },
    });
  }
  defineGradient({
    kernel: 'BroadcastTo',
    inputs: ['x'],
    gradient: ([dy], [x]) => ({ x: () => sumTo(dy as tf.Tensor, (x as tf.Tensor).shape) }),
  });
  defineGradient({
    kernel: 'Tile',
    inputs: ['x'],
    gradient: ([dy], [input], { reps }) => ({
      x: () => {
        const { shape } = input as tf.Tensor;
        const split = shape.flatMap((n, axis) => [(reps as number[])[axis] as number, n]);
        const repeated = shape.map((_, axis) => 2 * axis);
        return tf.reshape(tf.sum(tf.reshape(dy as tf.Tensor, split), repeated), shape);
      },
    }),
  });
  defineGradient({
    kernel: 'Concat',
    allInputs: true,
    gradient: ([dy], inputs, { axis }) => {
      const [{ shape }] = inputs as One;
      const along = tf.util.parseAxisParam(axis as number, shape)[0] as number;
      let start = 0;
      const thunks = inputs.map((input, i) => {
        const begin = shape.map((_, a) => (a === along ? start : 0));
        start += input.shape[along] as number;
        return [String(i), () => tf.slice(dy as tf.Tensor, begin, input.shape)] as const;
      });
      return Object.fromEntries(thunks);
    },
  });
  defineGradient({
    kernel: 'Slice',
    inputs: ['x'],
    gradient: ([dy], [input], { begin }) => ({
      x: () => {
        const [whole, part] = [(input as tf.Tensor).shape, (dy as tf.Tensor).shape];
        const starts = begin as number | number[];
        const paddings = whole.map((n, axis): [number, number] => {
          const before = (Array.isArray(starts) ? starts[axis] : axis === 0 ? starts : 0) ?? 0;
          return [before, n - before - (part[axis] as number)];
        });
        return tf.pad(dy as tf.Tensor, paddings);
      },
    }),
  });
  defineGradient({
    kernel: 'SplitV',
    gradient: (dys, _, { axis }) => ({ x: () => tf.concat(dys, axis as number) }),
  });
  defineGradient({
    kernel: 'Pack',
    allInputs: true,
    gradient: ([dy], inputs, { axis }) => {
      // One thunk per input; each takes its own piece, so that none is disposed with another's tidy.
      const pieces = (i: number) => tf.unstack(dy as tf.Tensor, axis as number)[i] as tf.Tensor;
      return Object.fromEntries(inputs.map((_, i) => [String(i), () => pieces(i)]));
    },
  });
  defineGradient({
    kernel: 'Unpack',
    gradient: (dys, _, { axis }) => ({ value: () => tf.stack(dys, axis as number) }),
  });
  defineGradient({
    kernel: 'PadV2',
    inputs: ['x'],
    gradient: ([dy], [x], { paddings }) => ({
      x: () =>
        tf.slice(
          dy as tf.Tensor,
          (paddings as [number, number][]).map(([before]) => before),
          (x as tf.Tensor).shape,
        ),
    }),
  });
}

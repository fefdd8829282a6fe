import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from './defineKernel.ts';
import { expectThat } from './shapes.ts';

type Size = readonly [height: number, width: number];

interface UpsampleAttributes extends Record<string, unknown> {
  height: number;
  width: number;
}

/** Which input index each output index takes: torch's `nearest`, floor(i * in / out) in single precision. */
function sources(inputs: number, outputs: number): Int32Array {
  const scale = Math.fround(inputs / outputs);
  return Int32Array.from({ length: outputs }, (_, i) =>
    Math.min(Math.floor(Math.fround(i * scale)), inputs - 1),
  );
}

/** `[outputs, inputs]` with a one where an output takes an input. */
function selection(inputs: number, outputs: number): tf.Tensor2D {
  const matrix = new Float32Array(outputs * inputs);
  sources(inputs, outputs).forEach((source, i) => {
    matrix[i * inputs + source] = 1;
  });
  return tf.tensor2d(matrix, [outputs, inputs]);
}

const isWhole = (x: tf.Tensor4D, { height, width }: UpsampleAttributes): boolean =>
  height % x.shape[1] === 0 && width % x.shape[2] === 0;

const forward = defineKernel<'x', UpsampleAttributes>(
  'SweetspotUpsampleNearest',
  (inputs, attributes) => {
    const x = inputs.x as tf.Tensor4D;
    const { height, width } = attributes;
    const [batch, h, w, channels] = x.shape;
    if (isWhole(x, attributes)) {
      const ones = tf.ones([1, 1, height / h, 1, width / w, 1]);
      const spread = tf.mul(tf.reshape(x, [batch, h, 1, w, 1, channels]), ones);
      return [tf.reshape(spread, [batch, height, width, channels])];
    }
    const rows = tf.gather(x, tf.tensor1d(sources(h, height), 'int32'), 1);
    return [tf.gather(rows, tf.tensor1d(sources(w, width), 'int32'), 2)];
  },
  {
    saveInputs: ['x'],
    gradient: (dy, [x], attributes) => ({ x: () => backward({ x, dy }, attributes)[0] as tf.Tensor }),
  },
);

/** Adds up the gradients of all outputs that took the same input. */
const backward = defineKernel<'x' | 'dy', UpsampleAttributes>(
  'SweetspotUpsampleNearestGrad',
  (inputs, attributes) => {
    const { x, dy } = inputs as Record<'x' | 'dy', tf.Tensor4D>;
    const { height, width } = attributes;
    const [batch, h, w, channels] = x.shape;
    if (isWhole(x, attributes)) {
      const factors: [number, number] = [height / h, width / w];
      return [tf.mul(tf.avgPool(dy, factors, factors, 'valid'), factors[0] * factors[1])];
    }
    // Rows: [B, H', W' * C] to [B, h, W' * C]; then columns: [B * h, W', C] to [B * h, w, C].
    const byRow = tf.reshape(dy, [batch, height, width * channels]);
    const rows = tf.matMul(
      tf.tile(tf.reshape(tf.transpose(selection(h, height)), [1, h, height]), [batch, 1, 1]),
      byRow,
    );
    const byColumn = tf.reshape(rows, [batch * h, width, channels]);
    const columns = tf.tile(tf.reshape(tf.transpose(selection(w, width)), [1, w, width]), [batch * h, 1, 1]);
    return [tf.reshape(tf.matMul(columns, byColumn), x.shape)];
  },
);

/** Nearest-neighbour resize of x `[B, H, W, C]` to `[B, height, width, C]`, choosing pixels as torch's interpolate. */
export function upsampleNearest(x: tf.Tensor4D, [height, width]: Size): tf.Tensor4D {
  const allowed = "a size not below the input's";
  expectThat(
    height >= x.shape[1] && width >= x.shape[2],
    'upsampleNearest',
    allowed,
    `[${height}, ${width}]`,
  );
  return forward({ x }, { height, width })[0] as tf.Tensor4D;
}

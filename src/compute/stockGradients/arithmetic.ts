import * as tf from '@tensorflow/tfjs-core';
import { defineGradient } from './defineGradient.ts';
import { sumTo } from './sumTo.ts';

type Pair = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** A kernel of two broadcast inputs a and b, by its gradients before the broadcasting is undone. */
function binary(kernel: string, toA: Pair, toB: Pair): void {
  defineGradient({
    kernel,
    inputs: ['a', 'b'],
    gradient: ([dy], [a, b]) => {
      const [g, x, y] = [dy, a, b] as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { a: () => sumTo(toA(g, x, y), x.shape), b: () => sumTo(toB(g, x, y), y.shape) };
    },
  });
}

const mask = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');

/** Gradients of sums, products, and whatever else takes two tensors of broadcastable shapes. */
export function registerArithmeticGradients(): void {
  binary(
    'Add',
    dy => dy,
    dy => dy,
  );
  binary(
    'Sub',
    dy => dy,
    dy => tf.neg(dy),
  );
  binary(
    'Multiply',
    (dy, _a, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  );
  binary(
    'RealDiv',
    (dy, _a, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.square(b)))),
  );
  binary(
    'SquaredDifference',
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  );
  binary(
    'Maximum',
    (dy, a, b) => tf.mul(dy, mask(tf.greaterEqual(a, b))),
    (dy, a, b) => tf.mul(dy, mask(tf.less(a, b))),
  );
  binary(
    'Minimum',
    (dy, a, b) => tf.mul(dy, mask(tf.lessEqual(a, b))),
    (dy, a, b) => tf.mul(dy, mask(tf.greater(a, b))),
  );
  defineGradient({
    kernel: 'AddN',
    allInputs: true,
    gradient: ([dy], inputs) =>
      Object.fromEntries(inputs.map((_, i) => [String(i), () => tf.clone(dy as tf.Tensor)])),
  });
  defineGradient({
    kernel: 'Select',
    inputs: ['condition'],
    gradient: ([dy], [condition]) => {
      const chosen = () => mask(condition as tf.Tensor);
      return {
        t: () => tf.mul(dy as tf.Tensor, chosen()),
        e: () => tf.mul(dy as tf.Tensor, tf.sub(1, chosen())),
      };
    },
  });
  defineGradient({
    kernel: 'BatchMatMul',
    inputs: ['a', 'b'],
    gradient: ([dy], saved, { transposeA, transposeB }) => {
      const [g, a, b] = [dy, ...saved] as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [ta, tb] = [transposeA === true, transposeB === true];
      return {
        a: () => sumTo(ta ? tf.matMul(b, g, tb, true) : tf.matMul(g, b, false, !tb), a.shape),
        b: () => sumTo(tb ? tf.matMul(g, a, true, ta) : tf.matMul(a, g, !ta, false), b.shape),
      };
    },
  });
}

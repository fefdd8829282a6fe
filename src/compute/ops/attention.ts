import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from './defineKernel.ts';
import { expectShape, expectThat } from './shapes.ts';

interface AttentionAttributes extends Record<string, unknown> {
  heads: number;
  causal: boolean;
}

/** Added to the scores of later positions; far below any score, and finite, so that no NaN comes of it. */
const MASKED = -1e30;

/** `[B, T, C]` to `[B * heads, T, d]`. */
function byHead(x: tf.Tensor3D, heads: number): tf.Tensor3D {
  const [batch, length, channels] = x.shape;
  if (heads === 1) return x;
  const d = channels / heads;
  const split = tf.transpose(tf.reshape(x, [batch, length, heads, d]), [0, 2, 1, 3]);
  return tf.reshape(split, [batch * heads, length, d]) as tf.Tensor3D;
}

/** `[B, T, C]` to `[B * heads, d, T]`. */
function byHeadTransposed(x: tf.Tensor3D, heads: number): tf.Tensor3D {
  const [batch, length, channels] = x.shape;
  const d = channels / heads;
  const split = tf.transpose(tf.reshape(x, [batch, length, heads, d]), [0, 2, 3, 1]);
  return tf.reshape(split, [batch * heads, d, length]) as tf.Tensor3D;
}

/** `[B * heads, T, d]` back to `[B, T, C]`. */
function joinHeads(x: tf.Tensor3D, heads: number): tf.Tensor3D {
  const [rows, length, d] = x.shape;
  if (heads === 1) return x;
  const split = tf.transpose(tf.reshape(x, [rows / heads, heads, length, d]), [0, 2, 1, 3]);
  return tf.reshape(split, [rows / heads, length, heads * d]) as tf.Tensor3D;
}

/** `[B * heads, d, T]` back to `[B, T, C]`. */
function joinHeadsTransposed(x: tf.Tensor3D, heads: number): tf.Tensor3D {
  const [rows, d, length] = x.shape;
  const split = tf.transpose(tf.reshape(x, [rows / heads, heads, d, length]), [0, 3, 1, 2]);
  return tf.reshape(split, [rows / heads, length, heads * d]) as tf.Tensor3D;
}

/** softmax(q · kᵀ) per head, `[B * heads, T, S]`; q is scaled already. */
function weights(scaledQ: tf.Tensor3D, kTransposed: tf.Tensor3D, causal: boolean): tf.Tensor3D {
  const scores = tf.matMul(scaledQ, kTransposed) as tf.Tensor3D;
  if (!causal) return tf.softmax(scores);
  const [, rows, columns] = scores.shape;
  const mask = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) mask.fill(MASKED, i * columns + Math.min(i + 1, columns), (i + 1) * columns);
  return tf.softmax(tf.add<tf.Tensor3D>(scores, tf.tensor3d(mask, [1, rows, columns])));
}

const scaleOf = (q: tf.Tensor3D, heads: number): number => 1 / Math.sqrt(q.shape[2] / heads);

const forward = defineKernel<'q' | 'k' | 'v', AttentionAttributes>(
  'SweetspotAttention',
  (inputs, { heads, causal }) => {
    const { q, k, v } = inputs as Record<'q' | 'k' | 'v', tf.Tensor3D>;
    const scaledQ = byHead(tf.mul(q, scaleOf(q, heads)), heads);
    const p = weights(scaledQ, byHeadTransposed(k, heads), causal);
    return [joinHeads(tf.matMul(p, byHead(v, heads)), heads)];
  },
  {
    saveInputs: ['q', 'k', 'v'],
    gradient: (dy, saved, attributes) => {
      const [q, k, v] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [dq, dk, dv] = backward({ q, k, v, dy }, attributes);
      return { q: () => dq as tf.Tensor, k: () => dk as tf.Tensor, v: () => dv as tf.Tensor };
    },
  },
);

/**
 * Recomputes the weights P instead of keeping them (T * S per head is what fills memory). The products with a
 * transposed P are done as (other operand)ᵀ · P, so that only small tensors are ever transposed.
 */
const backward = defineKernel<'q' | 'k' | 'v' | 'dy', AttentionAttributes>(
  'SweetspotAttentionGrad',
  (inputs, { heads, causal }) => {
    const { q, k, v, dy } = inputs as Record<'q' | 'k' | 'v' | 'dy', tf.Tensor3D>;
    const scale = scaleOf(q, heads);
    const scaledQ = tf.mul(q, scale) as tf.Tensor3D;
    const p = weights(byHead(scaledQ, heads), byHeadTransposed(k, heads), causal);
    const dv = joinHeadsTransposed(tf.matMul(byHeadTransposed(dy, heads), p), heads);
    const dp = tf.matMul(byHead(dy, heads), byHeadTransposed(v, heads));
    const ds = tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), 2, true))) as tf.Tensor3D;
    const dq = tf.mul(joinHeads(tf.matMul(ds, byHead(k, heads)), heads), scale);
    const dk = joinHeadsTransposed(tf.matMul(byHeadTransposed(scaledQ, heads), ds), heads);
    return [dq, dk, dv];
  },
);

/**
 * Multi-head scaled dot-product attention (Vaswani et al. 2017): q `[B, T, C]`, k and v `[B, S, C]`, to `[B, T, C]`;
 * scale 1/sqrt(C / heads). `causal` lets position i see positions 0..i only.
 */
export function attention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  { heads, causal }: { heads: number; causal: boolean },
): tf.Tensor3D {
  expectThat(q.shape.length === 3, 'attention q', '[B, T, C]', `[${q.shape}]`);
  expectThat(q.shape[2] % heads === 0, 'attention', `channels divisible by ${heads} heads`, q.shape[2]);
  expectShape(k, [q.shape[0], k.shape[1], q.shape[2]], 'attention k');
  expectShape(v, k.shape, 'attention v');
  return forward({ q, k, v }, { heads, causal })[0] as tf.Tensor3D;
}

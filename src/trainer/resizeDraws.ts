import * as tf from '@tensorflow/tfjs-core';
import type { TorchGenerator } from '../core/random/torchGenerator.ts';
import type { CLIPTextModel } from '../diffusion/models/index.ts';

/**
 * Draws from torch's stream what transformers 5 draws when it resizes the table of token embeddings: a new layer's
 * initialisation, and for rows on top a sample around the mean of the old ones, where their covariance allows one. None
 * of it is kept, but all that follows comes after it.
 */
export function drawResize(textEncoder: CLIPTextModel, rows: number, generator: TorchGenerator): void {
  const { vocabSize, hiddenSize } = textEncoder.config;
  if (rows === vocabSize) return;
  generator.skipRandn(rows * hiddenSize);
  const added = rows - vocabSize;
  if (added > 0 && isPositiveDefinite(covariance(textEncoder), hiddenSize)) {
    generator.skipRandn(added * hiddenSize);
  }
}

/** Of the rows of the table, [C, C] in float32. */
function covariance(textEncoder: CLIPTextModel): Float32Array {
  let values = new Float32Array();
  tf.tidy(() => {
    const table = textEncoder.tokenEmbeddings.value as tf.Tensor2D;
    const centred = tf.sub<tf.Tensor2D>(table, tf.mean(table, 0, true));
    const product = tf.matMul(centred, centred, true);
    // The factor is transformers'; it scales all pivots alike.
    values = (tf.div(product, table.shape[0]).dataSync() as Float32Array).map(v => Math.fround(1e-9 * v));
  });
  return values;
}

/** Whether Cholesky's factorisation goes through in float32, as LAPACK's does. @param matrix [n, n] */
function isPositiveDefinite(matrix: Float32Array, n: number): boolean {
  const factor = Float32Array.from(matrix);
  for (let j = 0; j < n; j++) {
    const row = factor.subarray(j * n, j * n + j);
    const pivot = Math.fround((factor[j * n + j] ?? 0) - dot(row, row));
    if (!(pivot > 0)) return false;
    const root = Math.fround(Math.sqrt(pivot));
    factor[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      factor[i * n + j] =
        Math.fround((factor[i * n + j] ?? 0) - dot(factor.subarray(i * n, i * n + j), row)) / root;
    }
  }
  return true;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

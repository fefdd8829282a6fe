/**
 * The op interface: every tensor computation of the models goes through these functions. Each is a tfjs kernel with a
 * registered gradient, so that a backend may replace the kernel without the models knowing.
 * Tensors are float32, NHWC ([B, H, W, C]) or [B, T, C].
 */

export { gelu, quickGelu, silu } from './activations.ts';
export { attention } from './attention.ts';
export { conv2d } from './conv2d.ts';
export { embedding } from './embedding.ts';
export { geglu } from './geglu.ts';
export { groupNorm } from './groupNorm.ts';
export { layerNorm } from './layerNorm.ts';
export { linear } from './linear.ts';
export { upsampleNearest } from './upsampleNearest.ts';

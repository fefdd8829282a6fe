// Every kernel is called as kernel(description, from, to, scratch) and does units [from, to) of the work described at
// `description`: 32-bit fields in the heap. Memory is imported and shared; there is no data, no allocator and no state.
export { geglu, gegluGrad, gelu, geluGrad, swish, swishGrad } from './activations';
export { adamw } from './adamw';
export { ADAMW8BIT_SCRATCH, adamw8bit } from './adamw8bit';
export { ATTENTION_ROWS, ATTENTION_SCRATCH, attention, attentionGrad } from './attention';
export { columnSums } from './columnSums';
export { groupNorm, groupNormGrad } from './groupNorm';
export { LAYER_NORM_ROWS, layerNorm, layerNormGrad } from './layerNorm';
export { product } from './product';
export { FREE_SCRATCH, PRODUCT_SCRATCH } from './productLayout';
export { SQUARES_BLOCK, sumOfSquares } from './sumOfSquares';
export { upsample, upsampleGrad } from './upsample';

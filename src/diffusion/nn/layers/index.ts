export { Conv2d, type Conv2dOptions, type Padding } from './conv2d.ts';
export { Embedding } from './embedding.ts';
export { GroupNorm } from './groupNorm.ts';
export { LayerNorm } from './layerNorm.ts';
export { Linear } from './linear.ts';

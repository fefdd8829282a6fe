export { CLIPModel } from './clip/clipModel.ts';
export { CLIPTextModel } from './clip/clipTextModel.ts';
export { initializeClip } from './clip/initializeClip.ts';
export { initializeClipText } from './clip/initializeClipText.ts';
export { resizeTokenEmbeddings } from './clip/resizeTokenEmbeddings.ts';
export { UNet2DConditionModel } from './unet/unet2DConditionModel.ts';
export { AutoencoderKL, type LatentMoments } from './vae/autoencoderKL.ts';
export { ViTModel } from './vit/vitModel.ts';

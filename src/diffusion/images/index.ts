/** Pictures in and out, with Pillow's results: reading, resizing, cropping, tensors' values, PNG and JPEG. */
export { centerCrop, centerCropOffset, crop, flipHorizontally } from './crop.ts';
export { type Canvas, type Cutout, paste, readCutouts } from './cutout.ts';
export { encodeJpeg } from './encodeJpeg.ts';
export { type ImageListing, listImages } from './listImages.ts';
export { type ImageNormalization, preprocess } from './preprocess.ts';
export { readImage } from './readImage.ts';
export type { ResizeFilter } from './resizeFilters.ts';
export { resizePil } from './resizePil.ts';
export { resizeShorterSide, shorterSideSize } from './resizeShorterSide.ts';
export { blankImage, MAX_PIXELS, type RgbImage } from './rgbImage.ts';
export { fromTensorValues, toTensorValues } from './tensorValues.ts';
export { encodePng, writePng } from './writePng.ts';

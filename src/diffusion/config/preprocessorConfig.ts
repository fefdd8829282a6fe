import type { Channels, ImageNormalization } from '../images/preprocess.ts';
import type { ResizeFilter } from '../images/resizeFilters.ts';
import { ConfigReader } from './configReader.ts';

/** OPENAI_CLIP_MEAN and OPENAI_CLIP_STD of transformers. */
const CLIP_MEAN: Channels = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD: Channels = [0.26862954, 0.26130258, 0.27577711];

/** PIL.Image.Resampling. */
const FILTERS: Readonly<Record<number, ResizeFilter>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
  5: 'hamming',
};

/**
 * Parses `preprocessor_config.json` with the defaults of transformers' image processors: `CLIPImageProcessor` (shorter side,
 * bicubic, centre crop, CLIP's mean) unless the file names `ViTImageProcessor` (both sides, bilinear, no crop, 0.5).
 *
 * @throws E_MODEL where the file says what we cannot do
 */
export function parsePreprocessor(json: unknown, place: string, imageSize: number): ImageNormalization {
  const read = new ConfigReader(json, place);
  const isVit = String(
    read.raw('image_processor_type') ?? read.raw('feature_extractor_type') ?? '',
  ).startsWith('ViT');
  const resample = read.integer('resample', isVit ? 2 : 3, { min: 0, max: 5 });
  const filter = FILTERS[resample];
  if (!filter) throw read.error('resample', '0 to 5');
  const neutral: Channels = [0.5, 0.5, 0.5];
  const normalize = read.boolean('do_normalize', true);
  const scale = read.positive('rescale_factor', 1 / 255);
  return {
    resize: read.boolean('do_resize', true) ? sizeOf(read, 'size', imageSize, isVit) : null,
    filter,
    crop: read.boolean('do_center_crop', !isVit) ? cropOf(read, imageSize) : null,
    scale: read.boolean('do_rescale', true) ? scale : 1,
    mean: normalize ? channels(read, 'image_mean', isVit ? neutral : CLIP_MEAN) : [0, 0, 0],
    std: normalize ? channels(read, 'image_std', isVit ? neutral : CLIP_STD) : [1, 1, 1],
  };
}

/** A number, or `{shortest_edge}`, or `{height, width}`. */
function sizeOf(
  read: ConfigReader,
  key: string,
  fallback: number,
  square: boolean,
): { shortest: number } | { width: number; height: number } {
  const value = read.raw(key) ?? fallback;
  if (typeof value === 'number') {
    const size = read.integer(key, fallback);
    return square ? { width: size, height: size } : { shortest: size };
  }
  const inner = new ConfigReader(value, key);
  if (inner.raw('shortest_edge') !== undefined) return { shortest: inner.integer('shortest_edge', fallback) };
  return { width: inner.integer('width', fallback), height: inner.integer('height', fallback) };
}

function cropOf(read: ConfigReader, fallback: number): { width: number; height: number } {
  const size = sizeOf(read, 'crop_size', fallback, true);
  return 'shortest' in size ? { width: size.shortest, height: size.shortest } : size;
}

function channels(read: ConfigReader, key: string, fallback: Channels): Channels {
  const value = read.raw(key);
  if (value === undefined || value === null) return fallback;
  if (Array.isArray(value) && value.length === 3 && value.every(item => Number.isFinite(item))) {
    return [Number(value[0]), Number(value[1]), Number(value[2])];
  }
  throw read.error(key, 'a list of three numbers');
}

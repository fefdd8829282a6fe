import type { CLIPConfig } from '../../diffusion/config/clipConfig.ts';
import type { CLIPTextConfig } from '../../diffusion/config/clipTextConfig.ts';
import type { CLIPTokenizer } from '../../diffusion/tokenizer/clipTokenizer.ts';

/** Pixels along a side of the pocket model's pictures. */
export const POCKET_SIZE = 64;

export const CLIP_TRAINING = {
  batchSize: 64,
  /** So few that the things decide which text is meant. */
  backgroundsPerBatch: 6,
  learningRate: 1.5e-3,
  warmupSteps: 100,
  /** Share of the steps, at the end, in which the rate falls to 0. */
  decay: 0.3,
  weightDecay: 0.05,
  maxGradNorm: 1,
} as const;

/** Radford et al. 2021, table 19, as for their ViTs. */
export const CLIP_BETAS = { beta1: 0.9, beta2: 0.98, eps: 1e-6 } as const;

/** The pocket's text encoder. */
export const textConfig = (tokenizer: CLIPTokenizer): CLIPTextConfig => ({
  hiddenAct: 'quick_gelu',
  layerNormEps: 1e-5,
  numHiddenLayers: 4,
  numAttentionHeads: 4,
  vocabSize: tokenizer.vocabSize,
  hiddenSize: 160,
  intermediateSize: 640,
  maxPositionEmbeddings: tokenizer.modelMaxLength,
});

/** The pocket's CLIP; the picture half is small, for it only keeps score. */
export const clipConfig = (text: CLIPTextConfig, eosTokenId: number): CLIPConfig => ({
  projectionDim: 128,
  eosTokenId,
  text,
  vision: {
    hiddenAct: 'quick_gelu',
    layerNormEps: 1e-5,
    numHiddenLayers: 4,
    numAttentionHeads: 3,
    hiddenSize: 96,
    intermediateSize: 384,
    imageSize: POCKET_SIZE,
    patchSize: 8,
  },
});

/** Beside the patches' own spread: seen from the start, and not all that is seen. */
const POSITION_AMPLITUDE = 0.15;

/**
 * Where the positions of patches begin: sines and cosines of row and column at several wavelengths, so that neighbours
 * are alike before anything is learned (Beyer et al. 2022, Better plain ViT baselines); the class token's is 0.
 *
 * @returns [1 + side * side, width]
 */
export function patchPositions(side: number, width: number): Float32Array {
  const values = new Float32Array((1 + side * side) * width);
  const quarter = Math.floor(width / 4);
  for (let patch = 0; patch < side * side; patch++) {
    const places = [Math.floor(patch / side), patch % side];
    for (let i = 0; i < quarter; i++) {
      const frequency = Math.PI / (side * (1 / side) ** (i / Math.max(1, quarter - 1)));
      places.forEach((place, axis) => {
        const at = (1 + patch) * width + axis * 2 * quarter + i;
        values[at] = POSITION_AMPLITUDE * Math.sin(place * frequency);
        values[at + quarter] = POSITION_AMPLITUDE * Math.cos(place * frequency);
      });
    }
  }
  return values;
}

import type { OptionValue } from './types.ts';

export interface Preset {
  /** For people: what it is for, in a line. */
  about: string;
  /** Options under `train:`, where the file does not give them. */
  train: Record<string, OptionValue>;
}

/**
 * Known starting points for Stable Diffusion v1, from "Training Stable Diffusion with DreamBooth using Diffusers"
 * (Hugging Face, 2022) and the README of diffusers' examples/dreambooth. The batch of 4 over two GPUs of that article
 * is 2 with 2 accumulated here, which is the same maths on one.
 */
export const PRESETS: Record<string, Preset> = {
  object: {
    about: 'a thing: 400 steps of 4 photos at 2e-6, without prior preservation',
    train: {
      max_train_steps: 400,
      learning_rate: 2e-6,
      train_batch_size: 2,
      gradient_accumulation_steps: 2,
    },
  },
  face: {
    about: 'a person or a character: 1200 steps of 2 photos at 2e-6, with 200 class images',
    train: {
      max_train_steps: 1200,
      learning_rate: 2e-6,
      train_batch_size: 2,
      with_prior_preservation: true,
      num_class_images: 200,
    },
  },
  'face-text-encoder': {
    about: 'as face, and the text encoder is trained, too (best results, most memory)',
    train: {
      max_train_steps: 1200,
      learning_rate: 2e-6,
      train_batch_size: 2,
      with_prior_preservation: true,
      num_class_images: 200,
      train_text_encoder: true,
    },
  },
};

import * as tf from '@tensorflow/tfjs-core';
import { expandPlaceholders } from './learnedEmbeddings.ts';
import type { StableDiffusionPipeline } from './pipeline/stableDiffusionPipeline.ts';

/**
 * Prompts as the UNet takes them: the text encoder's last hidden states, [B, T, C], one row a prompt in their order.
 * Every distinct prompt is tokenized and encoded once.
 *
 * @param onWarning called with one line for each distinct prompt that is longer than the window and gets cut
 */
export function encodePrompts(
  { tokenizer, textEncoder }: Pick<StableDiffusionPipeline, 'tokenizer' | 'textEncoder'>,
  prompts: readonly string[],
  onWarning: (message: string) => void = () => {},
): tf.Tensor3D {
  const distinct = [...new Set(prompts)];
  const ids = distinct.map(prompt => {
    const encoded = tokenizer.encode(expandPlaceholders(prompt, tokenizer));
    if (encoded.truncated !== null)
      onWarning(truncationWarning(prompt, encoded.truncated, tokenizer.modelMaxLength));
    return encoded.ids;
  });
  return tf.tidy(() => {
    const batch = ids.map(row => tf.tensor1d(row, 'int32'));
    const states = textEncoder.forward(tf.stack(batch) as tf.Tensor2D);
    if (distinct.length === prompts.length) return states;
    const rows = prompts.map(prompt => distinct.indexOf(prompt));
    return tf.gather(states, tf.tensor1d(rows, 'int32'));
  });
}

function truncationWarning(prompt: string, left: string, window: number): string {
  return `prompt ${quoted(prompt)} is longer than the ${window} tokens the model reads: left out ${quoted(left)}`;
}

/** One line, not too long. */
const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);

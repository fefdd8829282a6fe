import * as tf from '@tensorflow/tfjs-core';
import { expandPlaceholders } from './learnedEmbeddings.ts';
import type { StableDiffusionPipeline } from './pipeline/stableDiffusionPipeline.ts';

export type TextParts = Pick<StableDiffusionPipeline, 'tokenizer' | 'textEncoder'>;

export interface PromptState {
  /** The text encoder's last hidden states, [1, T, C]; owned by the {@link PromptStates} that gave it. */
  states: tf.Tensor3D;
  /** The end of the prompt that did not fit the window, or null. */
  truncated: string | null;
}

/** Prompts whose states are kept; Stable Diffusion v1 has a quarter of a megabyte of them for each. */
const MOST_PROMPTS = 64;

/**
 * What the text encoder says of prompts, kept from one batch of pictures to the next. Every prompt is encoded by itself,
 * so that its states do not depend on what is kept or on its neighbours. Whoever changes the text encoder's weights
 * must call {@link clear}.
 */
export class PromptStates {
  #parts: TextParts | undefined;
  readonly #byPrompt = new Map<string, PromptState>();

  /** Of the prompts kept for other networks nothing is left afterwards. */
  of(parts: TextParts, prompt: string): PromptState {
    if (parts.textEncoder !== this.#parts?.textEncoder || parts.tokenizer !== this.#parts.tokenizer)
      this.clear();
    this.#parts = parts;
    const known = this.#byPrompt.get(prompt);
    // A map keeps its order: who is asked for goes to the end, and the first is who was not for longest.
    this.#byPrompt.delete(prompt);
    const state = known ?? encode(parts, prompt);
    this.#byPrompt.set(prompt, state);
    for (const [oldest, { states }] of this.#byPrompt) {
      if (this.#byPrompt.size <= MOST_PROMPTS) break;
      states.dispose();
      this.#byPrompt.delete(oldest);
    }
    return state;
  }

  clear(): void {
    for (const { states } of this.#byPrompt.values()) states.dispose();
    this.#byPrompt.clear();
    this.#parts = undefined;
  }
}

function encode({ tokenizer, textEncoder }: TextParts, prompt: string): PromptState {
  const { ids, truncated } = tokenizer.encode(expandPlaceholders(prompt, tokenizer));
  const states = tf.tidy(() => tf.keep(textEncoder.infer(tf.tensor2d(ids, [1, ids.length], 'int32'))));
  return { states, truncated };
}

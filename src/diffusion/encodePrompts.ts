import * as tf from '@tensorflow/tfjs-core';
import { PromptStates, type TextParts } from './promptStates.ts';

/**
 * Prompts as the UNet takes them: the text encoder's last hidden states, [B, T, C], one row a prompt in their order.
 *
 * @param options.onWarning called with one line for each distinct prompt that is longer than the window and gets cut
 * @param options.known where prompts encoded before are looked up, and new ones kept
 */
export function encodePrompts(
  parts: TextParts,
  prompts: readonly string[],
  { onWarning, known }: { onWarning?: (message: string) => void; known?: PromptStates } = {},
): tf.Tensor3D {
  const states = known ?? new PromptStates();
  try {
    for (const prompt of new Set(prompts)) {
      const { truncated } = states.of(parts, prompt);
      if (truncated !== null)
        onWarning?.(truncationWarning(prompt, truncated, parts.tokenizer.modelMaxLength));
    }
    return tf.tidy(() => {
      const rows = prompts.map(prompt => tf.clone(states.of(parts, prompt).states));
      return rows.length === 1 && rows[0] ? rows[0] : tf.concat(rows, 0);
    });
  } finally {
    if (!known) states.clear();
  }
}

function truncationWarning(prompt: string, left: string, window: number): string {
  return `prompt ${quoted(prompt)} is longer than the ${window} tokens the model reads: left out ${quoted(left)}`;
}

/** One line, not too long. */
const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);

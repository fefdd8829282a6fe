import * as tf from '@tensorflow/tfjs-core';
import type { CLIPTextModel } from '../diffusion/models/index.ts';
import type { CLIPTokenizer } from '../diffusion/tokenizer/clipTokenizer.ts';

/**
 * What the UNet is told about each item: the text encoder's last hidden state of its prompt. Token ids are made once;
 * the embeddings, too, while the text encoder is frozen. Where it is trained, each prompt passes through it once a step,
 * however many items share it: the gradients add up to the same.
 */
export class PromptEmbeddings {
  /** What did not fit, by prompt. */
  readonly truncated: readonly { prompt: string; rest: string }[];
  readonly #textEncoder: CLIPTextModel;
  readonly #ids: tf.Tensor2D;
  readonly #frozen: tf.Tensor3D[] | null;

  constructor(
    parts: { textEncoder: CLIPTextModel; tokenizer: CLIPTokenizer },
    prompts: readonly string[],
    options: { trained: boolean; maxLength: number | null },
  ) {
    const length = options.maxLength ?? parts.tokenizer.modelMaxLength;
    const encoded = prompts.map(prompt => ({ prompt, ...parts.tokenizer.encode(prompt, length) }));
    this.truncated = encoded.flatMap(({ prompt, truncated }) =>
      truncated === null ? [] : [{ prompt, rest: truncated }],
    );
    const ids = Int32Array.from(encoded.flatMap(text => Array.from(text.ids)));
    this.#textEncoder = parts.textEncoder;
    this.#ids = tf.tensor2d(ids, [prompts.length, length], 'int32');
    this.#frozen = options.trained ? null : this.#encode();
  }

  /** [items, T, C]: for each item the embedding of the prompt with that index. Differentiable where trained. */
  forItems(promptOfItem: readonly number[]): tf.Tensor3D {
    return tf.tidy(() => {
      const embeddings = this.#frozen ?? this.#encode();
      const rows = promptOfItem.flatMap(prompt => embeddings[prompt] ?? []);
      return rows.length === 1 && rows[0] ? tf.clone(rows[0]) : tf.concat(rows, 0);
    });
  }

  dispose(): void {
    this.#ids.dispose();
    tf.dispose(this.#frozen ?? []);
  }

  /** One [1, T, C] a prompt. */
  #encode(): tf.Tensor3D[] {
    return tf.tidy(() => {
      const [prompts] = this.#ids.shape;
      const all = this.#textEncoder.forward(this.#ids);
      return prompts === 1 ? [all] : tf.split(all, prompts, 0);
    });
  }
}

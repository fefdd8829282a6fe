import * as tf from '@tensorflow/tfjs-core';
import { embedding } from '../compute/ops/index.ts';
import type { CLIPTextModel } from '../diffusion/models/index.ts';
import type { CLIPTokenizer } from '../diffusion/tokenizer/clipTokenizer.ts';

/** So many prompts (the instances' and the classes') pass the text encoder once a batch, however many items share them. */
const MOST_SHARED = 2;

/**
 * What the UNet is told about each item: the text encoder's last hidden state of its prompt. Token ids are made once;
 * the embeddings, too, while the text encoder is frozen. Where it is trained, it is part of
 * every step.
 */
export class PromptEmbeddings {
  /** What did not fit, by prompt. */
  readonly truncated: readonly { prompt: string; rest: string }[];
  readonly #textEncoder: CLIPTextModel;
  readonly #ids: tf.Tensor2D;
  /** [prompts, T, C] */
  readonly #frozen: tf.Tensor3D | null;

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
    this.#frozen = options.trained ? null : this.#textEncoder.infer(this.#ids);
  }

  /** What {@link embed} makes the embeddings of these items from; of the same shapes for as many items and prompts. */
  feeds(promptOfItem: readonly number[]): tf.NamedTensorMap {
    return tf.tidy((): tf.NamedTensorMap => {
      if (this.#frozen) return { states: tf.gather(this.#frozen, [...promptOfItem]) };
      // With captions batches have more or fewer distinct ones: then each item has its own, for the sake of equal shapes.
      const many = this.#ids.shape[0] > MOST_SHARED;
      const used = many ? promptOfItem : [...new Set(promptOfItem)].sort((a, b) => a - b);
      const rows = promptOfItem.map((prompt, item) => (many ? item : used.indexOf(prompt)));
      return { ids: tf.gather(this.#ids, [...used]), rows: tf.tensor1d(rows, 'int32') };
    });
  }

  /** [items, T, C], the embeddings of {@link feeds}: a function of these and, where it is trained, of the text encoder's weights. */
  embed({ states, ids, rows }: tf.NamedTensorMap): tf.Tensor3D {
    if (states) return states as tf.Tensor3D;
    const encoded = this.#textEncoder.forward(ids as tf.Tensor2D);
    const [count, length, channels] = encoded.shape;
    const chosen = embedding(tf.reshape(encoded, [count, length * channels]), rows as tf.Tensor1D);
    return tf.reshape(chosen, [-1, length, channels]);
  }

  dispose(): void {
    this.#ids.dispose();
    this.#frozen?.dispose();
  }
}

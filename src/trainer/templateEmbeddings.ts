import * as tf from '@tensorflow/tfjs-core';
import { embedding } from '../compute/ops/index.ts';
import type { CLIPTextModel } from '../diffusion/models/index.ts';
import type { Parameter } from '../diffusion/nn/parameter.ts';
import type { CLIPTokenizer } from '../diffusion/tokenizer/clipTokenizer.ts';

/** The new word of a textual inversion: its rows of the table, which are trained, and where they are in it. */
export interface TrainedWord {
  /** [count, C] */
  weight: Parameter;
  /** Id of the first row; the others follow. */
  firstId: number;
}

/**
 * The text encoder's last hidden states of prompts with a word that is being learned. The table itself stays as it is:
 * where a token is the word's, its row comes from `rows` instead. That is what the script's restoring of every other row
 * after each update comes to, without moments for a whole table.
 */
export class TemplateEmbeddings {
  /** What did not fit, by prompt. */
  readonly truncated: readonly { prompt: string; rest: string }[];
  readonly #textEncoder: CLIPTextModel;
  readonly #ids: readonly Int32Array[];
  readonly #word: TrainedWord;

  constructor(
    parts: { textEncoder: CLIPTextModel; tokenizer: CLIPTokenizer },
    prompts: readonly string[],
    word: TrainedWord,
  ) {
    const encoded = prompts.map(prompt => ({ prompt, ...parts.tokenizer.encode(prompt) }));
    this.truncated = encoded.flatMap(({ prompt, truncated }) =>
      truncated === null ? [] : [{ prompt, rest: truncated }],
    );
    this.#ids = encoded.map(({ ids }) => ids);
    this.#textEncoder = parts.textEncoder;
    this.#word = word;
  }

  /**
   * Token ids of the items' prompts, which of them are the word's, and their rows among the word's. Every item has its own,
   * also where two share a prompt: so all batches of a size are of the same shapes.
   */
  feeds(promptOfItem: readonly number[]): tf.NamedTensorMap {
    const { weight, firstId } = this.#word;
    const count = weight.shape[0] ?? 0;
    const rows = promptOfItem.flatMap(prompt => this.#ids[prompt] ?? []);
    const ids = Int32Array.from(rows.flatMap(row => [...row]));
    const shape: [number, number] = [rows.length, rows[0]?.length ?? 0];
    const isWord = (id: number): boolean => id >= firstId && id < firstId + count;
    const mask = Float32Array.from(ids, id => (isWord(id) ? 1 : 0));
    const own = Int32Array.from(ids, id => (isWord(id) ? id - firstId : 0));
    return {
      ids: tf.tensor2d(ids, shape, 'int32'),
      mask: tf.tensor3d(mask, [...shape, 1]),
      own: tf.tensor2d(own, shape, 'int32'),
    };
  }

  /** [items, T, C] of {@link feeds}. */
  embed({ ids, mask, own }: tf.NamedTensorMap): tf.Tensor3D {
    return this.#textEncoder.forward(ids as tf.Tensor2D, tokens => {
      const word = embedding(this.#word.weight.value, own as tf.Tensor2D);
      // Factors of 1 and 0 change no bit of what is kept.
      const others = tf.mul(tokens, tf.sub(1, mask as tf.Tensor3D));
      return tf.add<tf.Tensor3D>(others, tf.mul(word, mask as tf.Tensor3D));
    });
  }
}

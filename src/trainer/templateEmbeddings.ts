import * as tf from '@tensorflow/tfjs-core';
import { embedding } from '../compute/ops/index.ts';
import type { CLIPTextModel } from '../diffusion/models/index.ts';
import type { CLIPTokenizer } from '../diffusion/tokenizer/clipTokenizer.ts';

/** The new word of a textual inversion: its rows of the table, which are trained, and where they are in it. */
export interface TrainedWord {
  /** [count, C] */
  rows: tf.Variable;
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

  /** [items, T, C]: for each item the embedding of the prompt with that index; each prompt passes the encoder once. */
  forItems(promptOfItem: readonly number[]): tf.Tensor3D {
    return tf.tidy(() => {
      const distinct = [...new Set(promptOfItem)];
      const rows = distinct.flatMap(prompt => this.#ids[prompt] ?? []);
      const length = rows[0]?.length ?? 0;
      const ids = Int32Array.from(rows.flatMap(row => [...row]));
      const shape: [number, number] = [rows.length, length];
      const states = this.#textEncoder.forward(tf.tensor2d(ids, shape, 'int32'), tokens =>
        this.#replaced(tokens, ids, shape),
      );
      const parts: tf.Tensor3D[] = rows.length === 1 ? [states] : tf.split(states, rows.length, 0);
      const chosen = promptOfItem.flatMap(prompt => parts[distinct.indexOf(prompt)] ?? []);
      return chosen.length === 1 && chosen[0] ? tf.clone(chosen[0]) : tf.concat(chosen, 0);
    });
  }

  #replaced(tokens: tf.Tensor3D, ids: Int32Array, shape: [number, number]): tf.Tensor3D {
    const { rows, firstId } = this.#word;
    const count = rows.shape[0] ?? 0;
    const isWord = (id: number): boolean => id >= firstId && id < firstId + count;
    const mask = tf.tensor3d(
      Float32Array.from(ids, id => (isWord(id) ? 1 : 0)),
      [...shape, 1],
    );
    const own = tf.tensor2d(
      Int32Array.from(ids, id => (isWord(id) ? id - firstId : 0)),
      shape,
      'int32',
    );
    // Factors of 1 and 0 change no bit of what is kept.
    return tf.add<tf.Tensor3D>(tf.mul(tokens, tf.sub(1, mask)), tf.mul(embedding(rows, own), mask));
  }
}

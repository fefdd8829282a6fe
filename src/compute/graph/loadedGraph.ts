import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import type { NativeBackend, NativeBinding } from '../tensorflow/nativeBackend.ts';
import { adoptTensor } from './adoptTensor.ts';
import { type GraphLayout, getterName, setterNames } from './graphLayout.ts';
import { SERVING_TAG } from './savedModelMessage.ts';
import { bytesOfType, dtypeNumber, type TensorType } from './tensorType.ts';

/** Variables are moved in pieces of about this size; every piece costs TensorFlow one preparation of its own. */
const PIECE_BYTES = 2 ** 28;

/** A graph in TensorFlow's hands: its variables keep their values between calls. */
export class LoadedGraph {
  readonly dir: string;
  readonly layout: GraphLayout;
  readonly backend: NativeBackend;
  readonly #binding: NativeBinding;
  readonly #id: number;
  readonly #pieces: readonly (readonly number[])[];
  #open = true;
  #failed = false;

  /** @param dir the SavedModel's folder; fails with what TensorFlow says of a damaged one */
  constructor(backend: NativeBackend, dir: string, layout: GraphLayout) {
    this.dir = dir;
    this.layout = layout;
    this.backend = backend;
    this.#binding = backend.binding;
    this.#id = this.#binding.loadSavedModel(dir, SERVING_TAG);
    this.#pieces = piecesOf(layout);
  }

  /**
   * One call. The outputs are tensors of the caller.
   * @throws E_INTERNAL for an input that is missing or of another type: TensorFlow would not look
   */
  run(name: string, inputs: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
    const signature = this.layout.signatures[name];
    if (!signature) throw new SweetspotError('E_INTERNAL', 'the graph has no such call', { got: name });
    const ids = signature.inputs.map(({ name: input, dtype, shape }) => {
      const tensor = inputs[input];
      if (tensor && dtypeNumber(tensor.dtype) === dtype && tf.util.arraysEqual(tensor.shape, [...shape])) {
        return this.backend.getInputTensorIds([tensor])[0] as number;
      }
      throw new SweetspotError('E_INTERNAL', 'a graph gets the wrong input', {
        place: `${name}, ${input}`,
        allowed: `type ${dtype}, [${shape}]`,
        got: tensor ? `type ${dtypeNumber(tensor.dtype)}, [${tensor.shape}]` : 'nothing',
      });
    });
    const feeds = signature.inputs.map(({ tensor }) => tensor);
    const fetches = signature.outputs.map(({ tensor }) => tensor);
    const results = this.#call(ids, feeds, fetches);
    return Object.fromEntries(
      results.map((result, i) => [`${signature.outputs[i]?.name}`, adoptTensor(this.backend, result)]),
    );
  }

  /** Gives variables their values, one tensor an index; the tensors stay the caller's. */
  set(indices: readonly number[], tensors: readonly tf.Tensor[]): void {
    const tensorOf = new Map(indices.map((index, i) => [index, tensors[i] as tf.Tensor]));
    for (const piece of this.piecesOf(indices)) {
      const setters = piece.map(setterNames);
      const ids = this.backend.getInputTensorIds(piece.map(index => tensorOf.get(index) as tf.Tensor));
      const done = this.#call(
        ids,
        setters.map(({ feed }) => feed),
        setters.map(({ fetch }) => fetch),
      );
      for (const { id } of done) this.#binding.deleteTensor(id);
    }
  }

  /** Gives variables their values, by index; TensorFlow may keep the arrays, so they must not be changed any more. */
  setValues(values: ReadonlyMap<number, Float32Array | Uint8Array>): void {
    for (const piece of this.piecesOf([...values.keys()])) {
      const tensors = piece.map(index => {
        const { shape, dtype } = this.layout.variables[index] as TensorType;
        const id = this.#binding.createTensor(shape, dtype, values.get(index) as Float32Array);
        return adoptTensor(this.backend, { id, shape: [...shape], dtype });
      });
      this.set(piece, tensors);
      tf.dispose(tensors);
    }
  }

  /** Copies of variables' values, by index; of float32 and of bytes. */
  get(indices: readonly number[]): Map<number, Float32Array | Uint8Array> {
    const values = new Map<number, Float32Array | Uint8Array>();
    for (const piece of this.piecesOf(indices)) {
      const results = this.#call([], [], piece.map(getterName));
      results.forEach(({ id }, i) => {
        const data = this.#binding.tensorDataSync(id);
        // See writeGraph: bytes come in fours.
        const bytes = () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        values.set(piece[i] as number, data instanceof Float32Array ? data : bytes());
        this.#binding.deleteTensor(id);
      });
    }
    return values;
  }

  /** The indices in groups that are best moved together. */
  piecesOf(indices: readonly number[]): number[][] {
    const wanted = new Set(indices);
    return this.#pieces
      .map(piece => piece.filter(index => wanted.has(index)))
      .filter(({ length }) => length > 0);
  }

  /** Of its variables. */
  get bytes(): number {
    return this.layout.variables.reduce((sum, variable) => sum + bytesOfType(variable), 0);
  }

  /** Whether all its calls have gone well. */
  get usable(): boolean {
    return this.#open && !this.#failed;
  }

  dispose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#binding.deleteSavedModel(this.#id);
  }

  #call(ids: readonly number[], feeds: readonly string[], fetches: readonly string[]) {
    if (!this.#open) throw new SweetspotError('E_INTERNAL', 'the graph is closed');
    try {
      return this.#binding.runSavedModel(this.#id, ids, feeds.join(','), fetches.join(','));
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}

function piecesOf({ variables }: GraphLayout): number[][] {
  const pieces: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  // By name, as files of weights are written: then each piece is read once for a file.
  const nameOf = (index: number): string => variables[index]?.name ?? '';
  const order = variables.map((_, index) => index).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const index of order) {
    const own = bytesOfType(variables[index] as TensorType);
    if (bytes + own > PIECE_BYTES) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)?.push(index);
    bytes += own;
  }
  return pieces;
}

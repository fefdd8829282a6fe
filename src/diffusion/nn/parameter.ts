import * as tf from '@tensorflow/tfjs-core';
import type { ValueHome } from '../../compute/graph/graphWeight.ts';
import { readValues } from '../../compute/values.ts';
import { SweetspotError } from '../../core/errors.ts';

/**
 * How a torch tensor lies in ours: `conv` [out, in, kh, kw] becomes HWIO [kh, kw, in, out], `linear` [out, in] becomes
 * [in, out], `pointwise` (a 1x1 convolution, run as a linear layer) [out, in, 1, 1] becomes [in, out], `plain` (biases,
 * norms, embedding tables) stays.
 */
export type Layout = 'conv' | 'linear' | 'pointwise' | 'plain';

/** What holds the values of a weight; weights that are shared have one together. */
interface Cell {
  variable?: tf.Variable | undefined;
  /** Where the values are while a graph has them. */
  home?: ValueHome | undefined;
}

/**
 * One named weight. Its name and `shape` are diffusers' (torch order); the tensor in memory is in the layout the ops
 * want. Module constructors create parameters in torch's constructor order, so that a list of them initialised from
 * torch's generator gives torch's weights.
 */
export class Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: Layout;
  #cell: Cell = {};

  constructor(name: string, shape: readonly number[], layout: Layout) {
    this.name = name;
    this.shape = shape;
    this.layout = layout;
  }

  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  /** The weight as the ops want it; comes back where it was lent. Fails when nothing was loaded yet. */
  get value(): tf.Variable {
    const cell = this.#cell;
    if (cell.home) {
      const values = cell.home.read();
      cell.home.leave();
      cell.home = undefined;
      cell.variable = tf.tidy(() => tf.variable(tf.tensor(values, this.#ourShape, 'float32'), true));
    }
    if (!cell.variable)
      throw new SweetspotError('E_INTERNAL', 'weight used before it was loaded', { place: this.name });
    return cell.variable;
  }

  /** The values in the order of memory, only to be read, and only until the next tensor is made; lent ones stay lent. */
  peek(): Float32Array {
    return this.#cell.home?.read() ?? readValues(this.value);
  }

  get loaded(): boolean {
    return this.#cell.variable !== undefined || this.#cell.home !== undefined;
  }

  /** Lets go of the tensor, and of the memory it takes: the values are in a graph from now on. */
  lend(home: ValueHome): void {
    this.#cell.variable?.dispose();
    this.#cell.variable = undefined;
    this.#cell.home = home;
  }

  /** Takes values in torch order (copied, not kept); the variable object stays the same once created, unless lent. */
  set(values: Float32Array): void {
    if (values.length !== this.size) {
      throw new SweetspotError('E_INTERNAL', 'wrong number of values for a weight', {
        place: this.name,
        allowed: `${this.size}`,
        got: `${values.length}`,
      });
    }
    tf.tidy(() => {
      const ours = this.#toOurs(values);
      const { home, variable } = this.#cell;
      if (home) home.write((ours.dataSync() as Float32Array).slice());
      else if (variable) variable.assign(ours);
      else this.#cell.variable = tf.variable(ours, true);
    });
  }

  /** Becomes the same weight as another one: what happens to either happens to both. */
  share(other: Parameter): void {
    this.#cell = other.#cell;
  }

  /** A copy of the values in torch order. */
  get(): Float32Array {
    let values = new Float32Array();
    // Not returned from the tidy: tfjs would look for tensors in every element of the array.
    tf.tidy(() => {
      const order = TRANSPOSE[this.layout]?.toTorch;
      const { home } = this.#cell;
      const ours = home ? tf.tensor(home.read(), this.#ourShape, 'float32') : this.value;
      const torch = order ? tf.transpose(ours, [...order]) : ours;
      values = (torch.dataSync() as Float32Array).slice();
    });
    return values;
  }

  dispose(): void {
    this.#cell.variable?.dispose();
    this.#cell.variable = undefined;
    this.#cell.home = undefined;
  }

  get #ourShape(): number[] {
    const order = TRANSPOSE[this.layout]?.toOurs;
    return order ? order.map(axis => this.shape[axis] ?? 1) : [...this.shape];
  }

  #toOurs(values: Float32Array): tf.Tensor {
    const order = TRANSPOSE[this.layout]?.toOurs;
    // Without a transpose the backend may keep the very array it is given.
    if (!order) return tf.tensor(values.slice(), [...this.shape], 'float32');
    const torch = tf.tensor(values, this.shape.slice(0, order.length), 'float32');
    return tf.transpose(torch, [...order]);
  }
}

const TRANSPOSE: Record<Layout, { toOurs: readonly number[]; toTorch: readonly number[] } | undefined> = {
  conv: { toOurs: [2, 3, 1, 0], toTorch: [3, 2, 0, 1] },
  linear: { toOurs: [1, 0], toTorch: [1, 0] },
  pointwise: { toOurs: [1, 0], toTorch: [1, 0] },
  plain: undefined,
};

/** Collects the parameters of a model while its modules are constructed; `at` gives the same list under a prefix. */
export class ParameterScope {
  readonly prefix: string;
  readonly list: Parameter[];

  constructor(prefix = '', list: Parameter[] = []) {
    this.prefix = prefix;
    this.list = list;
  }

  /** The module's name, for errors: the prefix without its last dot. */
  get module(): string {
    return this.prefix.replace(/\.$/, '');
  }

  at(name: string | number): ParameterScope {
    return new ParameterScope(`${this.prefix}${name}.`, this.list);
  }

  add(name: string, shape: readonly number[], layout: Layout): Parameter {
    const parameter = new Parameter(this.prefix + name, shape, layout);
    this.list.push(parameter);
    return parameter;
  }
}

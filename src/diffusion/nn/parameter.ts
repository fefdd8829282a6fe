import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';

/**
 * How a torch tensor lies in ours: `conv` [out, in, kh, kw] becomes HWIO [kh, kw, in, out], `linear` [out, in] becomes
 * [in, out], `plain` (biases, norms, embedding tables) stays.
 */
export type Layout = 'conv' | 'linear' | 'plain';

/**
 * One named weight. Its name and `shape` are diffusers' (torch order); the tensor in memory is in the layout the ops
 * want. Module constructors create parameters in torch's constructor order, so that a list of them initialised from
 * torch's generator gives torch's weights.
 */
export class Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: Layout;
  #variable: tf.Variable | undefined;

  constructor(name: string, shape: readonly number[], layout: Layout) {
    this.name = name;
    this.shape = shape;
    this.layout = layout;
  }

  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  /** The weight as the ops want it. Fails when nothing was loaded yet. */
  get value(): tf.Variable {
    if (!this.#variable) throw new SweetspotError('E_INTERNAL', 'weight used before it was loaded', { place: this.name });
    return this.#variable;
  }

  get loaded(): boolean {
    return this.#variable !== undefined;
  }

  /** Takes values in torch order (they are not kept); the variable object stays the same once created. */
  set(values: Float32Array): void {
    if (values.length !== this.size) {
      throw new SweetspotError('E_INTERNAL', 'wrong number of values for a weight', {
        place: this.name,
        allowed: `${this.size}`,
        got: `${values.length}`,
      });
    }
    tf.tidy(() => {
      const torch = tf.tensor(values, [...this.shape], 'float32');
      const ours = this.layout === 'plain' ? torch : tf.transpose(torch, toOurs(this.layout));
      if (this.#variable) this.#variable.assign(ours);
      else this.#variable = tf.variable(ours, true);
    });
  }

  /** A copy of the values in torch order. */
  get(): Float32Array {
    return tf.tidy(() => {
      const torch = this.layout === 'plain' ? this.value : tf.transpose(this.value, toTorch(this.layout));
      return Float32Array.from(torch.dataSync());
    });
  }

  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
  }
}

const toOurs = (layout: Layout): number[] => (layout === 'conv' ? [2, 3, 1, 0] : [1, 0]);
const toTorch = (layout: Layout): number[] => (layout === 'conv' ? [3, 2, 0, 1] : [1, 0]);

/** Collects the parameters of a model while its modules are constructed; `at` gives the same list under a prefix. */
export class ParameterScope {
  readonly prefix: string;
  readonly list: Parameter[];

  constructor(prefix = '', list: Parameter[] = []) {
    this.prefix = prefix;
    this.list = list;
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

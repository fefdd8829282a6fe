import * as tf from '@tensorflow/tfjs-core';
import type { TorchGenerator } from '../../../src/core/random/torchGenerator.ts';
import type { Parameter } from '../../../src/diffusion/nn/parameter.ts';

export interface Differentiable {
  parameters: readonly Parameter[];
  /** Inputs that a gradient is wanted for; `forward` reads them. */
  inputs: readonly tf.Variable[];
  forward: () => tf.Tensor;
  /** Parameters with the same group are moved together; without it each by itself. */
  groupOf?: (name: string) => string;
}

export interface Derivative {
  name: string;
  /** Gradient times a random direction, by backpropagation. */
  analytic: number;
  /** The same by central differences of fourth order, summed in double precision. */
  numeric: number;
  /** What such a product is by its order of magnitude: |gradient| |direction| / sqrt(values). */
  scale: number;
  /** What rounding the outputs to float32 can do to `numeric`, by its order of magnitude. */
  noise: number;
}

interface Group {
  name: string;
  variables: { variable: tf.Variable; gradient: Float32Array; direction: Float32Array }[];
}

/**
 * Derivatives of sum(output * random weights) along one random direction for each input and each group of parameters, so
 * that a gradient that is wrong or missing for one of them shows. Directions are as long as the values they move, and
 * `step` is a fraction of that: norms over few values bend quickly.
 */
export function directionalDerivatives(
  subject: Differentiable,
  generator: TorchGenerator,
  step: number,
): Derivative[] {
  const output = tf.tidy(() => subject.forward());
  const cotangent = normals(generator, output.size);
  const noise = (2 ** -23 * norm(product(values(output), cotangent))) / step;
  const along = (): number =>
    dot(
      tf.tidy(() => values(subject.forward())),
      cotangent,
    );
  const groups = groupsOf(subject, tf.tensor(cotangent, output.shape), generator);
  return groups.map(({ name, variables }) => ({
    name,
    analytic: sum(variables.map(({ gradient, direction }) => dot(gradient, direction))),
    numeric: centralDifference(variables, step, along),
    scale: Math.hypot(
      ...variables.map(
        ({ gradient, direction }) => (norm(gradient) * norm(direction)) / Math.sqrt(direction.length),
      ),
    ),
    noise,
  }));
}

function groupsOf(subject: Differentiable, cotangent: tf.Tensor, generator: TorchGenerator): Group[] {
  const { inputs, parameters, groupOf = name => name } = subject;
  const named: [string, tf.Variable][] = [
    ...inputs.map((variable, i): [string, tf.Variable] => [`input ${i}`, variable]),
    ...parameters.map(({ name, value }): [string, tf.Variable] => [groupOf(name), value]),
  ];
  const loss = (): tf.Tensor => tf.sum(tf.mul(subject.forward(), cotangent));
  const gradients = tf.tidy(() =>
    tf
      .grads(loss)(named.map(([, variable]) => variable))
      .map(values),
  );
  const groups = new Map<string, Group>();
  for (const [i, [name, variable]] of named.entries()) {
    const group = groups.get(name) ?? { name, variables: [] };
    groups.set(name, group);
    const length = Math.max(0.02, norm(values(variable)) / Math.sqrt(variable.size));
    const direction = normals(generator, variable.size).map(value => value * length);
    group.variables.push({ variable, gradient: gradients[i] ?? new Float32Array(variable.size), direction });
  }
  return [...groups.values()];
}

function centralDifference(variables: Group['variables'], step: number, value: () => number): number {
  const originals = variables.map(({ variable }) => values(variable));
  const at = (distance: number): number => {
    for (const [k, { variable, direction }] of variables.entries()) {
      const moved = originals[k]?.map((x, i) => x + distance * (direction[i] ?? 0));
      tf.tidy(() => variable.assign(tf.tensor(moved ?? [], variable.shape, 'float32')));
    }
    return value();
  };
  const derivative = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  at(0);
  return derivative;
}

/** Not in torch's way below 16 values, where it draws one by one. */
const normals = (generator: TorchGenerator, count: number): Float32Array =>
  generator.randn(Math.max(16, count)).slice(0, count);

const values = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>().slice();
const product = (a: Float32Array, b: Float32Array): Float32Array => a.map((x, i) => x * (b[i] ?? 0));
const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);
const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((total, x, i) => total + x * (b[i] ?? 0), 0);
const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));

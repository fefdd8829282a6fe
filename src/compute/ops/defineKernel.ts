import * as tf from '@tensorflow/tfjs-core';
import { runFastKernel } from './fastKernels.ts';

/** The backends our kernels run on; all of them are composed from stock kernels that each of these has. */
const BACKENDS = ['tensorflow', 'wasm', 'cpu'];

type Attributes = Record<string, unknown>;
type Inputs<Name extends string> = { [K in Name]?: tf.Tensor | undefined };

/** How a kernel's gradient is made: what the forward pass keeps, and one closure per differentiable input. */
export interface GradientSpec<Name extends string, A extends Attributes> {
  /** Inputs kept for the backward pass (they must always be given). */
  saveInputs?: readonly Name[];
  /** Which outputs are kept, behind the inputs. */
  saveOutputs?: readonly boolean[];
  /**
   * `dy` is the gradient of the first output. Closures are called only for inputs whose gradient is wanted; each runs
   * in its own tidy, so what several of them share must be computed before, here.
   */
  gradient(dy: tf.Tensor, saved: tf.Tensor[], attributes: A): Partial<Record<Name, () => tf.Tensor>>;
}

/**
 * Registers a kernel for every backend and returns the function that runs it. `compute` sees tensors, may use any tf
 * function (nothing inside lands on the tape) and owns no clean-up: only what it returns survives.
 * Where a faster kernel is offered (fastKernels.ts) that one runs under the same name; gradient and callers stay.
 */
export function defineKernel<Name extends string, A extends Attributes>(
  name: string,
  compute: (inputs: Record<Name, tf.Tensor>, attributes: A) => tf.Tensor[],
  gradient?: GradientSpec<Name, A>,
): (inputs: Inputs<Name>, attributes: A) => tf.Tensor[] {
  for (const backendName of BACKENDS) {
    if (tf.getKernel(name, backendName)) tf.unregisterKernel(name, backendName);
    tf.registerKernel({
      kernelName: name,
      backendName,
      // The engine hands kernels whole tensors; its types promise only their description.
      kernelFunc: call =>
        (backendName === 'wasm' ? runFastKernel(name, call) : null) ??
        tf.tidy(() => compute(call.inputs as Record<Name, tf.Tensor>, call.attrs as unknown as A)),
    });
  }
  if (gradient) registerGradient(name, gradient);
  return (inputs, attributes) => {
    const given = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor !== undefined));
    const out = tf.engine().runKernel(name, given as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
    return (Array.isArray(out) ? out : [out]) as tf.Tensor[];
  };
}

/** The first output; the others, which only the gradient needed (and has kept), are released. */
export function firstOutput(outputs: tf.Tensor[]): tf.Tensor {
  tf.dispose(outputs.slice(1));
  return outputs[0] as tf.Tensor;
}

function registerGradient<Name extends string, A extends Attributes>(
  name: string,
  spec: GradientSpec<Name, A>,
) {
  if (tf.getGradient(name)) tf.unregisterGradient(name);
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...(spec.saveInputs ?? [])],
    outputsToSave: [...(spec.saveOutputs ?? [])],
    gradFunc: (dys, saved, attrs) => {
      const dy = Array.isArray(dys) ? (dys[0] as tf.Tensor) : dys;
      return spec.gradient(dy, saved, attrs as unknown as A) as Record<string, () => tf.Tensor>;
    },
  });
}

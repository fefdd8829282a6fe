import { registerArithmeticGradients } from './arithmetic.ts';
import { registerElementwiseGradients } from './elementwise.ts';
import { registerShapeGradients } from './shapes.ts';

let done = false;

/**
 * Gives tfjs' own kernels their gradients. tfjs-core as Node loads it has none: they come with the union package, or
 * by importing files of tfjs-core that would bring a second engine along. These are ours, for what training code uses
 * beside our kernels.
 */
export function registerStockGradients(): void {
  if (done) return;
  registerArithmeticGradients();
  registerElementwiseGradients();
  registerShapeGradients();
  done = true;
}

import type * as tf from '@tensorflow/tfjs-core';
import { conv2d, linear } from '../../../compute/ops/index.ts';
import type { Parameter, ParameterScope } from '../parameter.ts';

/** Zeros around the picture: [top, bottom, left, right]. */
export type Padding = readonly [number, number, number, number];

export interface Conv2dOptions {
  stride?: number;
  /** Default: what keeps the size at stride 1. */
  padding?: Padding;
}

/**
 * torch.nn.Conv2d on NHWC, with bias. A 1x1 convolution runs as a linear layer over the channels; on disk it keeps
 * its 4-D weight.
 */
export class Conv2d {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #stride: number;
  readonly #padding: [number, number, number, number];

  constructor(
    scope: ParameterScope,
    inChannels: number,
    outChannels: number,
    kernel: number,
    { stride = 1, padding }: Conv2dOptions = {},
  ) {
    const same = (kernel - 1) >> 1;
    this.#stride = stride;
    this.#padding = [...(padding ?? ([same, same, same, same] as const))];
    const pointwise = kernel === 1 && stride === 1 && this.#padding.every(side => side === 0);
    const shape = [outChannels, inChannels, kernel, kernel];
    this.weight = scope.add('weight', shape, pointwise ? 'pointwise' : 'conv');
    this.bias = scope.add('bias', [outChannels], 'plain');
  }

  /** [B, H, W, in] -> [B, H', W', out] */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { value: bias } = this.bias;
    if (this.weight.layout === 'pointwise') return linear(x, this.weight.value, bias) as tf.Tensor4D;
    const options = { stride: this.#stride, padding: this.#padding };
    return conv2d(x, this.weight.value, bias, options);
  }
}

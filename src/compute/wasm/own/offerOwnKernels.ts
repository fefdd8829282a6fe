import { convInfo } from '../convGradients.ts';
import { type Info, offsetOf } from '../kernelTools.ts';
import { offerActivationKernels } from './activationKernels.ts';
import { offerAttentionKernels } from './attentionKernels.ts';
import { convolve } from './convolution.ts';
import { matMul } from './matMul.ts';
import { offerMovingKernels } from './movingKernels.ts';
import { offerNormKernels } from './normKernels.ts';
import { offerKernel } from './offerKernel.ts';
import { lastOf, sizeOf } from './rowKernels.ts';

type StockPad = [[number, number], [number, number], [number, number], [number, number]];

/** Offers all our kernels that replace one composed from stock kernels. */
export function offerOwnKernels(): void {
  offerKernel<'x' | 'filter' | 'bias', { stride: number; pad: StockPad; hasBias: boolean }>(
    'SweetspotConv2D',
    (kernels, { inputs: { x, filter, bias }, backend, attrs: { stride, pad, hasBias } }) => {
      const info = convInfo(x.shape, filter.shape, { strides: stride, pad });
      const out = backend.makeOutput(info.outShape, 'float32');
      convolve(kernels, backend, info, { x, filter, bias: hasBias ? bias : null }, out);
      return [out];
    },
  );
  offerKernel<'x' | 'weight' | 'bias', { hasBias: boolean }>(
    'SweetspotLinear',
    (kernels, { inputs: { x, weight, bias }, backend, attrs: { hasBias } }) => {
      const inputs = lastOf(x.shape);
      if (inputs === 0) return null;
      const out = backend.makeOutput([...x.shape.slice(0, -1), lastOf(weight.shape)], 'float32');
      const a: Info = { dataId: x.dataId, dtype: x.dtype, shape: [sizeOf(x.shape) / inputs, inputs] };
      const start = hasBias ? offsetOf(backend, bias) : 0;
      matMul(kernels, backend, { a, b: weight, transposeA: false, transposeB: false }, out, start);
      return [out];
    },
  );
  offerActivationKernels();
  offerAttentionKernels();
  offerMovingKernels();
  offerNormKernels();
}

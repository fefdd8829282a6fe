import { convInfo } from '../convGradients.ts';
import type { Info } from '../kernelTools.ts';
import { convolve } from './convolution.ts';
import { offerKernel } from './offerKernel.ts';

type StockPad = [[number, number], [number, number], [number, number], [number, number]];

/** Offers all our kernels that replace one composed from stock kernels. */
export function offerOwnKernels(): void {
  offerKernel<'x' | 'filter' | 'bias', { stride: number; pad: StockPad; hasBias: boolean }>(
    'SweetspotConv2D',
    (kernels, { inputs: { x, filter, bias }, backend, attrs: { stride, pad, hasBias } }) => {
      const info = convInfo(x.shape, filter.shape, { strides: stride, pad });
      const out: Info = backend.makeOutput(info.outShape, 'float32');
      convolve(kernels, backend, info, { x, filter, bias: hasBias ? bias : null }, out);
      return [out];
    },
  );
}

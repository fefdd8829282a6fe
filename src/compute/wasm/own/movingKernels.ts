import { offerKernel } from './offerKernel.ts';
import { addressesOf, lastOf, piecesOf, sizeOf, sumRows } from './rowKernels.ts';

type Four = [number, number, number, number];

interface UpsampleAttributes {
  height: number;
  width: number;
}

/** Nearest-neighbour resizing, and sums over all axes but the last. */
export function offerMovingKernels(): void {
  offerKernel<'x', UpsampleAttributes>(
    'SweetspotUpsampleNearest',
    (kernels, { inputs: { x }, backend, attrs: { height, width } }) => {
      const [batch, h, w, channels] = x.shape as Four;
      const y = backend.makeOutput([batch, height, width, channels], 'float32');
      const fields = [...addressesOf(backend, x, y), h, w, height, width, channels];
      const pieces = piecesOf(kernels, sizeOf(y.shape));
      kernels.run({ kernel: 'upsample', fields, units: batch * height, pieces });
      return [y];
    },
  );
  offerKernel<'x' | 'dy', UpsampleAttributes>(
    'SweetspotUpsampleNearestGrad',
    (kernels, { inputs: { x, dy }, backend, attrs: { height, width } }) => {
      const [batch, h, w, channels] = x.shape as Four;
      const dx = backend.makeOutput(x.shape, 'float32');
      const fields = [...addressesOf(backend, dy, dx), h, w, height, width, channels];
      const pieces = piecesOf(kernels, 2 * sizeOf(dy.shape));
      kernels.run({ kernel: 'upsampleGrad', fields, units: batch * h, pieces });
      return [dx];
    },
  );
  offerKernel<'x', unknown>('SweetspotColumnSums', (kernels, { inputs: { x }, backend }) => {
    const columns = lastOf(x.shape);
    const out = backend.makeOutput([columns], 'float32');
    const [from = 0, to = 0] = addressesOf(backend, x, out);
    sumRows(kernels, from, to, columns ? sizeOf(x.shape) / columns : 0, columns);
    return [out];
  });
}

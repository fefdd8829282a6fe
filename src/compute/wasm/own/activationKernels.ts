import { offerKernel } from './offerKernel.ts';
import { floatBits } from './ownKernels.ts';
import { addressesOf, lastOf, piecesOf, sizeOf } from './rowKernels.ts';

/** Simple operations per value, roughly. */
const WORK = 20;

/** y = f(x) and dx = dy * f'(x), value by value; `parameters` are fields behind the size. */
function offerElementwise(name: string, kernel: string, parameters: number[]): void {
  offerKernel<'x', unknown>(name, (kernels, { inputs: { x }, backend }) => {
    const size = sizeOf(x.shape);
    const y = backend.makeOutput(x.shape, 'float32');
    const fields = [...addressesOf(backend, x, y), size, ...parameters];
    kernels.run({ kernel, fields, units: Math.ceil(size / 4), pieces: piecesOf(kernels, WORK * size) });
    return [y];
  });
  offerKernel<'x' | 'dy', unknown>(`${name}Grad`, (kernels, { inputs: { x, dy }, backend }) => {
    const size = sizeOf(x.shape);
    const dx = backend.makeOutput(x.shape, 'float32');
    const fields = [...addressesOf(backend, x, dy, dx), size, ...parameters];
    const pieces = piecesOf(kernels, WORK * size);
    kernels.run({ kernel: `${kernel}Grad`, fields, units: Math.ceil(size / 4), pieces });
    return [dx];
  });
}

function offerGeglu(): void {
  offerKernel<'x', unknown>('SweetspotGeglu', (kernels, { inputs: { x }, backend }) => {
    const half = lastOf(x.shape) / 2;
    const y = backend.makeOutput([...x.shape.slice(0, -1), half], 'float32');
    const fields = [...addressesOf(backend, x, y), half];
    const size = sizeOf(y.shape);
    kernels.run({ kernel: 'geglu', fields, units: size / half || 0, pieces: piecesOf(kernels, WORK * size) });
    return [y];
  });
  offerKernel<'x' | 'dy', unknown>('SweetspotGegluGrad', (kernels, { inputs: { x, dy }, backend }) => {
    const half = lastOf(x.shape) / 2;
    const dx = backend.makeOutput(x.shape, 'float32');
    const fields = [...addressesOf(backend, x, dy, dx), half];
    const size = sizeOf(dy.shape);
    const pieces = piecesOf(kernels, WORK * size);
    kernels.run({ kernel: 'gegluGrad', fields, units: size / half || 0, pieces });
    return [dx];
  });
}

/** SiLU, both GELUs and GEGLU. */
export function offerActivationKernels(): void {
  offerElementwise('SweetspotSilu', 'swish', [floatBits(1)]);
  offerElementwise('SweetspotQuickGelu', 'swish', [floatBits(1.702)]);
  offerElementwise('SweetspotGelu', 'gelu', []);
  offerGeglu();
}

import type { Info } from '../kernelTools.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { offerKernel } from './offerKernel.ts';
import { floatBits, type OwnKernels } from './ownKernels.ts';
import { addressesOf, lastOf, piecesOf, sizeOf, sumRows } from './rowKernels.ts';

interface GroupNormAttributes {
  groups: number;
  eps: number;
  silu: boolean;
}

/** Channels that a unit of the group norm should have at least: a cache line. */
const LINE = 16;

/** The part of the description that forward and backward share, the units, and the scratch memory. */
function groupNormJob(
  kernels: OwnKernels,
  x: Info,
  addresses: number[],
  { groups, eps, silu }: GroupNormAttributes,
) {
  const [batch, channels] = [x.shape[0] ?? 1, lastOf(x.shape)];
  const size = channels / groups;
  const perSlice = Math.min(groups, Math.ceil(LINE / size));
  const slices = Math.ceil(groups / perSlice);
  const sizes = [sizeOf(x.shape) / batch / channels, channels, groups, perSlice, slices];
  return {
    fields: [...addresses, ...sizes, floatBits(eps), silu ? 1 : 0],
    units: batch * slices,
    scratchBytes: kernels.constant('FREE_SCRATCH') + 4 * 4 * perSlice * size,
  };
}

function groupNorm(
  kernels: OwnKernels,
  backend: WasmBackend,
  { x, gamma, beta }: Record<'x' | 'gamma' | 'beta', Info>,
  attributes: GroupNormAttributes,
): Info[] {
  const statistics = [x.shape[0] ?? 1, attributes.groups];
  const y = backend.makeOutput(x.shape, 'float32');
  const mean = backend.makeOutput(statistics, 'float32');
  const scale = backend.makeOutput(statistics, 'float32');
  const [to = 0, ...addresses] = addressesOf(backend, y, x, gamma, beta, mean, scale);
  const { fields, ...job } = groupNormJob(kernels, x, addresses, attributes);
  const pieces = piecesOf(kernels, 8 * sizeOf(x.shape));
  kernels.run({ kernel: 'groupNorm', fields: [...fields, to], pieces, ...job });
  return [y, mean, scale];
}

function groupNormGrad(
  kernels: OwnKernels,
  backend: WasmBackend,
  inputs: Record<'x' | 'gamma' | 'beta' | 'mean' | 'scale' | 'dy', Info>,
  attributes: GroupNormAttributes,
): Info[] {
  const { x, gamma, beta, mean, scale, dy } = inputs;
  const [batch, channels] = [x.shape[0] ?? 1, lastOf(x.shape)];
  const dx = backend.makeOutput(x.shape, 'float32');
  const sums = [0, 1].map(() => backend.makeOutput([batch, channels], 'float32')) as [Info, Info];
  const { fields, ...job } = groupNormJob(
    kernels,
    x,
    addressesOf(backend, x, gamma, beta, mean, scale),
    attributes,
  );
  const to = addressesOf(backend, dy, dx, ...sums);
  const pieces = piecesOf(kernels, 12 * sizeOf(x.shape));
  kernels.run({ kernel: 'groupNormGrad', fields: [...fields, ...to], pieces, ...job });
  return [dx, ...sums.map(sum => addUp(kernels, backend, sum))];
}

/** The column sums of a matrix of partial sums, which is released. */
function addUp(kernels: OwnKernels, backend: WasmBackend, partial: Info): Info {
  const [rows, columns] = partial.shape as [number, number];
  const out = backend.makeOutput([columns], 'float32');
  const [from = 0, to = 0] = addressesOf(backend, partial, out);
  sumRows(kernels, from, to, rows, columns);
  backend.disposeData(partial.dataId);
  return out;
}

function layerNorm(
  kernels: OwnKernels,
  backend: WasmBackend,
  { x, gamma, beta }: Record<'x' | 'gamma' | 'beta', Info>,
  eps: number,
): Info[] {
  const columns = lastOf(x.shape);
  const rows = sizeOf(x.shape) / columns;
  const y = backend.makeOutput(x.shape, 'float32');
  const mean = backend.makeOutput([rows, 1], 'float32');
  const scale = backend.makeOutput([rows, 1], 'float32');
  const fields = [...addressesOf(backend, x, gamma, beta, y, mean, scale), columns, floatBits(eps)];
  kernels.run({ kernel: 'layerNorm', fields, units: rows, pieces: piecesOf(kernels, 6 * rows * columns) });
  return [y, mean, scale];
}

function layerNormGrad(
  kernels: OwnKernels,
  backend: WasmBackend,
  { x, gamma, mean, scale, dy }: Record<'x' | 'gamma' | 'mean' | 'scale' | 'dy', Info>,
): Info[] {
  const columns = lastOf(x.shape);
  const rows = sizeOf(x.shape) / columns;
  const units = Math.ceil(rows / kernels.constant('LAYER_NORM_ROWS'));
  const dx = backend.makeOutput(x.shape, 'float32');
  const sums = [0, 1].map(() => backend.makeOutput([units, columns], 'float32')) as [Info, Info];
  const fields = [...addressesOf(backend, x, gamma, mean, scale, dy, dx, ...sums), rows, columns];
  kernels.run({ kernel: 'layerNormGrad', fields, units, pieces: piecesOf(kernels, 8 * rows * columns) });
  return [dx, ...sums.map(sum => addUp(kernels, backend, sum))];
}

export function offerNormKernels(): void {
  offerKernel<'x' | 'gamma' | 'beta', GroupNormAttributes>(
    'SweetspotGroupNorm',
    (kernels, { inputs, backend, attrs }) =>
      sizeOf(inputs.x.shape) > 0 ? groupNorm(kernels, backend, inputs, attrs) : null,
  );
  offerKernel<'x' | 'gamma' | 'beta' | 'mean' | 'scale' | 'dy', GroupNormAttributes>(
    'SweetspotGroupNormGrad',
    (kernels, { inputs, backend, attrs }) =>
      sizeOf(inputs.x.shape) > 0 ? groupNormGrad(kernels, backend, inputs, attrs) : null,
  );
  offerKernel<'x' | 'gamma' | 'beta', { eps: number }>(
    'SweetspotLayerNorm',
    (kernels, { inputs, backend, attrs }) =>
      sizeOf(inputs.x.shape) > 0 ? layerNorm(kernels, backend, inputs, attrs.eps) : null,
  );
  offerKernel<'x' | 'gamma' | 'mean' | 'scale' | 'dy', unknown>(
    'SweetspotLayerNormGrad',
    (kernels, { inputs, backend }) =>
      sizeOf(inputs.x.shape) > 0 ? layerNormGrad(kernels, backend, inputs) : null,
  );
}

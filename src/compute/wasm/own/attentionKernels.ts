import type { Info } from '../kernelTools.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { offerKernel } from './offerKernel.ts';
import { floatBits, type OwnKernels } from './ownKernels.ts';
import { addressesOf, piecesOf, sizeOf } from './rowKernels.ts';

interface AttentionAttributes {
  heads: number;
  causal: boolean;
}

type Operands = Record<'q' | 'k' | 'v', Info>;

function describe(
  kernels: OwnKernels,
  backend: WasmBackend,
  { q, k, v }: Operands,
  { heads, causal }: AttentionAttributes,
) {
  const [batch, t, channels] = q.shape as [number, number, number];
  const s = k.shape[1] as number;
  const scale = floatBits(1 / Math.sqrt(channels / heads));
  const rows = kernels.constant('ATTENTION_ROWS');
  return {
    fields: [...addressesOf(backend, q, k, v), heads, t, s, channels, scale, causal ? 1 : 0],
    items: batch * heads,
    blocks: Math.ceil(t / rows),
    pieces: piecesOf(kernels, batch * t * s * channels),
    /** For one block of weights and all that the kernels need besides. */
    scratchBytes: kernels.constant('ATTENTION_SCRATCH'),
    blockBytes: rows * s * 4,
  };
}

function attention(
  kernels: OwnKernels,
  backend: WasmBackend,
  inputs: Operands,
  attributes: AttentionAttributes,
): Info[] {
  const y = backend.makeOutput(inputs.q.shape, 'float32');
  const { fields, items, blocks, pieces, scratchBytes, blockBytes } = describe(
    kernels,
    backend,
    inputs,
    attributes,
  );
  kernels.run({
    kernel: 'attention',
    fields: [...fields, ...addressesOf(backend, y)],
    units: items * blocks,
    pieces,
    scratchBytes: scratchBytes + blockBytes,
  });
  return [y];
}

function attentionGrad(
  kernels: OwnKernels,
  backend: WasmBackend,
  inputs: Operands & { dy: Info },
  attributes: AttentionAttributes,
): Info[] {
  const { q, k, v, dy } = inputs;
  const gradients = [q, k, v].map(({ shape }) => backend.makeOutput(shape, 'float32'));
  const { fields, items, pieces, scratchBytes, blockBytes } = describe(kernels, backend, inputs, attributes);
  kernels.run({
    kernel: 'attentionGrad',
    fields: [...fields, ...addressesOf(backend, dy, ...gradients)],
    units: items,
    pieces,
    scratchBytes: scratchBytes + 2 * blockBytes,
  });
  return gradients;
}

const isEmpty = ({ q, k }: Operands): boolean => sizeOf(q.shape) * sizeOf(k.shape) === 0;

export function offerAttentionKernels(): void {
  offerKernel<'q' | 'k' | 'v', AttentionAttributes>(
    'SweetspotAttention',
    (kernels, { inputs, backend, attrs }) =>
      isEmpty(inputs) ? null : attention(kernels, backend, inputs, attrs),
  );
  offerKernel<'q' | 'k' | 'v' | 'dy', AttentionAttributes>(
    'SweetspotAttentionGrad',
    (kernels, { inputs, backend, attrs }) =>
      isEmpty(inputs) ? null : attentionGrad(kernels, backend, inputs, attrs),
  );
}

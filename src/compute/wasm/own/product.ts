import type { OwnKernels } from './ownKernels.ts';

/** How the left side is read; see assembly/productLayout.ts for all of this. */
export const LEFT = { rows: 0, columns: 1, patches: 2, shifted: 3 } as const;
/** How the right side is read. */
export const RIGHT = { rows: 0, columns: 1, filter: 2 } as const;

/** One side of a product: address and strides in bytes. The stride along which values follow each other is not used. */
export interface Side {
  mode: number;
  address: number;
  row?: number;
  column?: number;
  outer?: number;
  inner?: number;
}

/** Rows of a result that are places of pictures: where their values come from and where they go. */
export interface Pictures {
  /** Height, width and channels of the source. */
  source: readonly [number, number, number];
  /** Places of one picture. */
  grid: readonly [number, number];
  tapsWidth: number;
  step: readonly [number, number];
  offset: readonly [number, number];
  tapStep: 1 | -1;
  out?: {
    size: readonly [number, number];
    first: readonly [number, number];
    step: readonly [number, number];
  };
  filter?: { width: number; first: readonly [number, number]; stride: readonly [number, number] };
}

export interface Product {
  /** Rows, terms and columns of one product. */
  size: readonly [m: number, k: number, n: number];
  /** Products: outer x inner. */
  items?: readonly [number, number];
  left: Side;
  right: Side;
  result: { address: number; row: number; outer?: number; inner?: number };
  /** Address of n values that each row starts from. */
  bias?: number;
  pictures?: Pictures;
}

const PANEL = 6;
const STEP = 8;
/** Below this many multiplications waking the other threads costs more than they bring. */
const WORTH_SHARING = 60_000;

/** Runs one product or a batch of them. The result is the same, to the last bit, for any number of threads. */
export function multiply(kernels: OwnKernels, product: Product): void {
  const [m, k, n] = product.size;
  const [outer, inner] = product.items ?? [1, 1];
  const { left, right, result, bias = 0, pictures } = product;
  const [rowParts, columnParts] = partsOf(kernels.threads, product);
  const header = [left.mode, right.mode, outer * inner, inner, m, n, k, rowParts, columnParts];
  const sides = [left, right].flatMap(({ address, row = 0, column = 0, outer = 0, inner = 0 }) => [
    address,
    row,
    column,
    outer,
    inner,
  ]);
  const to = [result.address, result.row, result.outer ?? 0, result.inner ?? 0, bias, 0];
  kernels.run({
    kernel: 'product',
    fields: [...header, ...sides, ...to, ...(pictures ? pictureFields(pictures) : NO_PICTURES)],
    units: outer * inner * m * n > 0 ? rowParts * columnParts : 0,
    pieces: rowParts * columnParts,
    scratchBytes: kernels.constant('PRODUCT_SCRATCH'),
  });
}

const NO_PICTURES = Array<number>(22).fill(0);

function pictureFields({ source, grid, tapsWidth, step, offset, tapStep, out, filter }: Pictures): number[] {
  const { size, first, step: outStep } = out ?? { size: [0, 0], first: [0, 0], step: [0, 0] };
  const taps = filter ?? { width: 0, first: [0, 0], stride: [0, 0] };
  return [
    ...[...source, ...grid, tapsWidth, ...step, ...offset, tapStep],
    ...[...size, ...first, ...outStep],
    ...[taps.width, ...taps.first, ...taps.stride],
  ];
}

/** Cuts by rows or by columns or both: what leaves the longest part shortest, with the packing that is done twice. */
function partsOf(threads: number, { size: [m, k, n], items, left, pictures }: Product): [number, number] {
  const count = items ? items[0] * items[1] : 1;
  if (threads === 1 || m * k * n * count < WORTH_SHARING) return [1, 1];
  const panels =
    left.mode === LEFT.shifted && pictures
      ? (m / pictures.source[2]) * Math.ceil(pictures.source[2] / PANEL)
      : Math.ceil(m / PANEL);
  const all = panels * count;
  const steps = Math.ceil(n / STEP);
  let best: [number, number] = [1, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let rowParts = 1; rowParts <= threads; rowParts++) {
    const columnParts = Math.floor(threads / rowParts);
    const rows = Math.ceil(all / rowParts) * PANEL;
    const columns = Math.ceil(steps / columnParts) * STEP;
    const items = Math.ceil(count / rowParts);
    const cost = (rows * columns) / STEP + 1.5 * rows + 0.7 * columns * items;
    if (cost < least) [best, least] = [[rowParts, columnParts], cost];
  }
  return best;
}

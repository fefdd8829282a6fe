/** A reconstruction kernel: `weight` is 0 beyond `support` pixels (of the smaller of both pictures) from the centre. */
export interface ResizeKernel {
  support: number;
  weight(distance: number): number;
}

/** Names as in Pillow's `Image.Resampling`; bicubic is Keys' kernel with a = -0.5. */
export const RESIZE_KERNELS = {
  box: { support: 0.5, weight: x => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: x => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: x => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0),
  },
  bicubic: { support: 2, weight: x => keys(Math.abs(x)) },
  lanczos: { support: 3, weight: x => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Record<string, ResizeKernel>;

export type ResizeFilter = keyof typeof RESIZE_KERNELS | 'nearest';

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function keys(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

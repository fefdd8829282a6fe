import { sharp } from './sharp.ts';

/** A square picture with transparency, colours multiplied by their alpha, so that it can be resized without halos. */
export interface Cutout {
  /** Pixels along a side. */
  size: number;
  /** `[size, size, 4]`, 0..255; red, green and blue are at most alpha. */
  data: Float32Array;
}

/**
 * Reads a picture with transparency at several sizes, each resized (Lanczos) from the original, padded to a square.
 *
 * @param degrees turns it clockwise first
 * @throws what sharp says of a file it cannot read
 */
export async function readCutouts(path: string, sizes: readonly number[], degrees = 0): Promise<Cutout[]> {
  const transparent = { r: 0, g: 0, b: 0, alpha: 0 };
  const original = await sharp(path)
    .ensureAlpha()
    .rotate(degrees, { background: transparent })
    .png()
    .toBuffer();
  return Promise.all(
    sizes.map(async size => {
      // sharp multiplies by alpha for the resizing and divides afterwards; what is near 0 is lost by that, and not seen.
      const pixels = await sharp(original)
        .resize(size, size, { fit: 'contain', background: transparent, kernel: 'lanczos3' })
        .raw()
        .toBuffer();
      const data = Float32Array.from(pixels);
      for (let i = 0; i < data.length; i += 4) {
        const alpha = (data[i + 3] ?? 0) / 255;
        for (let c = i; c < i + 3; c++) data[c] = (data[c] ?? 0) * alpha;
      }
      return { size, data };
    }),
  );
}

/** A picture in the making: `[height, width, 3]`, 0..255, not rounded yet. */
export interface Canvas {
  size: number;
  data: Float32Array;
}

/** Lays a cut-out over a square canvas, in place; what hangs over the edge is cut off. */
export function paste(canvas: Canvas, cutout: Cutout, left: number, top: number, flipped = false): void {
  const { size } = cutout;
  for (let y = Math.max(0, -top); y < Math.min(size, canvas.size - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(size, canvas.size - left); x++) {
      const from = (y * size + (flipped ? size - 1 - x : x)) * 4;
      const to = ((y + top) * canvas.size + x + left) * 3;
      const through = 1 - (cutout.data[from + 3] as number) / 255;
      for (let c = 0; c < 3; c++) {
        canvas.data[to + c] = (canvas.data[to + c] as number) * through + (cutout.data[from + c] as number);
      }
    }
  }
}

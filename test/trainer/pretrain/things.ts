import type { Cutout } from '../../../src/diffusion/images/index.ts';
import { SHARES, type Thing } from '../../../src/trainer/pretrain/art.ts';

/** Discs and squares of one colour, in place of the art that is not installed for tests. */
export const things: readonly Thing[] = [
  ['apple', [220, 40, 40], true],
  ['box', [40, 60, 220], false],
  ['pea', [40, 200, 60], true],
  ['tile', [230, 220, 40], false],
].map(([name, colour, round]) => ({
  called: [String(name)],
  cutouts: SHARES.map(share => shape(Math.round(share * 64), colour as number[], round === true)),
}));

function shape(size: number, colour: readonly number[], round: boolean): Cutout {
  const data = new Float32Array(size * size * 4);
  const half = (size - 1) / 2;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const inside = round
        ? Math.hypot(x - half, y - half) < half
        : Math.max(Math.abs(x - half), Math.abs(y - half)) < half * 0.8;
      if (inside) data.set([...colour, 255], (y * size + x) * 4);
    }
  }
  return { size, data };
}

/** toEqual looks at every element of an array on its own, for minutes. */
export const isSame = (a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()): boolean =>
  Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

import { COLOURS } from '../../dist/trainer/pretrain/backgrounds.js';

/** The named colour nearest to the median of three rows at the top of a picture and three at its bottom. */
export function backgroundOf({ width, height, data }) {
  const edge = [0, 1, 2, height - 3, height - 2, height - 1];
  const median = [0, 1, 2].map(channel => {
    const found = edge.flatMap(y =>
      Array.from({ length: width }, (_, x) => data[(y * width + x) * 3 + channel]),
    );
    return found.sort((a, b) => a - b)[found.length >> 1];
  });
  const distance = colour => colour.reduce((sum, value, i) => sum + (value - median[i]) ** 2, 0);
  return Object.entries(COLOURS).toSorted((a, b) => distance(a[1]) - distance(b[1]))[0][0];
}

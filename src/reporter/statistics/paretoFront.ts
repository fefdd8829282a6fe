/**
 * Which points no other one beats: none is at least as good in both values and better in one. Higher is better; equal
 * points stay together.
 */
export function paretoFront(points: readonly { x: number; y: number }[]): boolean[] {
  const order = points.map((point, index) => ({ ...point, index })).sort((a, b) => b.x - a.x || b.y - a.y);
  const front = points.map(() => false);
  let best = Number.NEGATIVE_INFINITY;
  let last: { x: number; y: number } | null = null;
  for (const { x, y, index } of order) {
    const equal = last !== null && last.x === x && last.y === y;
    if (y > best || (equal && y === best)) {
      front[index] = true;
      best = y;
      last = { x, y };
    }
  }
  return front;
}

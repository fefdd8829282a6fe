import { columnSum, storeLanes } from './lanes';
import { zero } from './simd';

/** Sums over the rows of a matrix; a unit is four columns. Fields: x, sums, rows, columns. */
export function columnSums(d: usize, from: i32, to: i32, scratch: usize): void {
  const x = <usize>load<u32>(d), sums = <usize>load<u32>(d, 4), rows = load<i32>(d, 8), columns = load<i32>(d, 12);
  for (let unit = from; unit < to; unit++) {
    const at = <usize>unit << 4, lanes = min(4, columns - unit * 4);
    storeLanes(sums + at, columnSum(x + at, rows, <usize>columns << 2, lanes, false, zero()), lanes);
  }
}

/** Values of one unit. */
export const SQUARES_BLOCK: i32 = 4096;

/** Sums of squares in double precision, one per unit. Fields: x, sums (8 bytes each), size. */
export function sumOfSquares(d: usize, from: i32, to: i32, scratch: usize): void {
  const x = <usize>load<u32>(d), sums = <usize>load<u32>(d, 4), size = load<i32>(d, 8);
  for (let unit = from; unit < to; unit++) {
    let i = unit * SQUARES_BLOCK;
    const end = min(size, i + SQUARES_BLOCK);
    let low = f64x2.splat(0), high = low;
    for (; i + 4 <= end; i += 4) {
      const v = v128.load(x + (<usize>i << 2));
      const a = f64x2.promote_low_f32x4(v), b = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    const all = f64x2.add(low, high);
    let sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
    for (; i < end; i++) {
      const v = <f64>load<f32>(x + (<usize>i << 2));
      sum += v * v;
    }
    store<f64>(sums + (<usize>unit << 3), sum);
  }
}

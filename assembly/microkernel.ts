import { mulAdd } from './simd';

/**
 * One 6 x 8 piece of a product: left is packed [terms][6], right [terms][8], terms a multiple of 4, and the sums of
 * row i go to the address that stands at rows[i], plus shift. Twelve sums, two right values and one left value are as many as there are vector registers, and
 * nothing but this one loop and plain stores may stand here: with a second loop, or with sums that start from anything
 * but zero, V8 keeps some of them in memory and is a third slower.
 */
export function microkernel(terms: i32, left: usize, right: usize, rows: usize, shift: usize): void {
  let c00 = i32x4.splat(0), c01 = c00,
    c10 = i32x4.splat(0), c11 = c10,
    c20 = i32x4.splat(0), c21 = c20,
    c30 = i32x4.splat(0), c31 = c30,
    c40 = i32x4.splat(0), c41 = c40,
    c50 = i32x4.splat(0), c51 = c50;
  let a: v128, b0: v128, b1: v128;
  for (; terms >= 4; terms -= 4) {
    b0 = v128.load(right, 0);
    b1 = v128.load(right, 16);
    a = v128.load32_splat(left, 0);
    c00 = mulAdd(c00, a, b0);
    c01 = mulAdd(c01, a, b1);
    a = v128.load32_splat(left, 4);
    c10 = mulAdd(c10, a, b0);
    c11 = mulAdd(c11, a, b1);
    a = v128.load32_splat(left, 8);
    c20 = mulAdd(c20, a, b0);
    c21 = mulAdd(c21, a, b1);
    a = v128.load32_splat(left, 12);
    c30 = mulAdd(c30, a, b0);
    c31 = mulAdd(c31, a, b1);
    a = v128.load32_splat(left, 16);
    c40 = mulAdd(c40, a, b0);
    c41 = mulAdd(c41, a, b1);
    a = v128.load32_splat(left, 20);
    c50 = mulAdd(c50, a, b0);
    c51 = mulAdd(c51, a, b1);
    b0 = v128.load(right, 32);
    b1 = v128.load(right, 48);
    a = v128.load32_splat(left, 24);
    c00 = mulAdd(c00, a, b0);
    c01 = mulAdd(c01, a, b1);
    a = v128.load32_splat(left, 28);
    c10 = mulAdd(c10, a, b0);
    c11 = mulAdd(c11, a, b1);
    a = v128.load32_splat(left, 32);
    c20 = mulAdd(c20, a, b0);
    c21 = mulAdd(c21, a, b1);
    a = v128.load32_splat(left, 36);
    c30 = mulAdd(c30, a, b0);
    c31 = mulAdd(c31, a, b1);
    a = v128.load32_splat(left, 40);
    c40 = mulAdd(c40, a, b0);
    c41 = mulAdd(c41, a, b1);
    a = v128.load32_splat(left, 44);
    c50 = mulAdd(c50, a, b0);
    c51 = mulAdd(c51, a, b1);
    b0 = v128.load(right, 64);
    b1 = v128.load(right, 80);
    a = v128.load32_splat(left, 48);
    c00 = mulAdd(c00, a, b0);
    c01 = mulAdd(c01, a, b1);
    a = v128.load32_splat(left, 52);
    c10 = mulAdd(c10, a, b0);
    c11 = mulAdd(c11, a, b1);
    a = v128.load32_splat(left, 56);
    c20 = mulAdd(c20, a, b0);
    c21 = mulAdd(c21, a, b1);
    a = v128.load32_splat(left, 60);
    c30 = mulAdd(c30, a, b0);
    c31 = mulAdd(c31, a, b1);
    a = v128.load32_splat(left, 64);
    c40 = mulAdd(c40, a, b0);
    c41 = mulAdd(c41, a, b1);
    a = v128.load32_splat(left, 68);
    c50 = mulAdd(c50, a, b0);
    c51 = mulAdd(c51, a, b1);
    b0 = v128.load(right, 96);
    b1 = v128.load(right, 112);
    a = v128.load32_splat(left, 72);
    c00 = mulAdd(c00, a, b0);
    c01 = mulAdd(c01, a, b1);
    a = v128.load32_splat(left, 76);
    c10 = mulAdd(c10, a, b0);
    c11 = mulAdd(c11, a, b1);
    a = v128.load32_splat(left, 80);
    c20 = mulAdd(c20, a, b0);
    c21 = mulAdd(c21, a, b1);
    a = v128.load32_splat(left, 84);
    c30 = mulAdd(c30, a, b0);
    c31 = mulAdd(c31, a, b1);
    a = v128.load32_splat(left, 88);
    c40 = mulAdd(c40, a, b0);
    c41 = mulAdd(c41, a, b1);
    a = v128.load32_splat(left, 92);
    c50 = mulAdd(c50, a, b0);
    c51 = mulAdd(c51, a, b1);
    left += 96;
    right += 128;
  }
  let to = <usize>load<u32>(rows, 0) + shift;
  v128.store(to, c00);
  v128.store(to, c01, 16);
  to = <usize>load<u32>(rows, 4) + shift;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  to = <usize>load<u32>(rows, 8) + shift;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  to = <usize>load<u32>(rows, 12) + shift;
  v128.store(to, c30);
  v128.store(to, c31, 16);
  to = <usize>load<u32>(rows, 16) + shift;
  v128.store(to, c40);
  v128.store(to, c41, 16);
  to = <usize>load<u32>(rows, 20) + shift;
  v128.store(to, c50);
  v128.store(to, c51, 16);
}

import { mulAdd } from './simd';

/**
 * One 6 x 8 piece of a product: left is packed [terms][6], right [terms][8], terms a multiple of 4, and the sums go to
 * the tile [6][8]. Twelve sums, two right values and one left value are as many as there are vector registers, and
 * nothing but this one loop and plain stores may stand here: with a second loop, or with sums that start from anything
 * but zero, V8 keeps some of them in memory and is a third slower.
 */
export function microkernel(terms: i32, left: usize, right: usize, tile: usize): void {
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
  v128.store(tile, c00, 0);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
  v128.store(tile, c40, 128);
  v128.store(tile, c41, 144);
  v128.store(tile, c50, 160);
  v128.store(tile, c51, 176);
}

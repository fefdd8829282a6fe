import { mulAdd } from './simd';

/**
 * One 6 x 8 piece of a product: left is packed [terms][6], right [terms][8]. `rows` holds the addresses of the six rows,
 * which are written from `shift` bytes on. `start`: 0 begins with zeros, 1 with what the rows hold, anything else is the
 * address of the 8 values every row begins with. Each element is one running sum over all terms, in order, so that a
 * result does not depend on how the matrix was cut. Twelve sums, two right values and one left value: as many as there
 * are vector registers.
 */
export function microkernel(terms: i32, left: usize, right: usize, rows: usize, shift: usize, start: usize): void {
  const r0 = <usize>load<u32>(rows, 0) + shift;
  const r1 = <usize>load<u32>(rows, 4) + shift;
  const r2 = <usize>load<u32>(rows, 8) + shift;
  const r3 = <usize>load<u32>(rows, 12) + shift;
  const r4 = <usize>load<u32>(rows, 16) + shift;
  const r5 = <usize>load<u32>(rows, 20) + shift;
  let c00 = i32x4.splat(0), c01 = c00,
    c10 = i32x4.splat(0), c11 = c10,
    c20 = i32x4.splat(0), c21 = c20,
    c30 = i32x4.splat(0), c31 = c30,
    c40 = i32x4.splat(0), c41 = c40,
    c50 = i32x4.splat(0), c51 = c50;
  if (start == 1) {
    c00 = v128.load(r0);
    c01 = v128.load(r0, 16);
    c10 = v128.load(r1);
    c11 = v128.load(r1, 16);
    c20 = v128.load(r2);
    c21 = v128.load(r2, 16);
    c30 = v128.load(r3);
    c31 = v128.load(r3, 16);
    c40 = v128.load(r4);
    c41 = v128.load(r4, 16);
    c50 = v128.load(r5);
    c51 = v128.load(r5, 16);
  } else if (start != 0) {
    c00 = v128.load(start);
    c01 = v128.load(start, 16);
    c10 = c00;
    c11 = c01;
    c20 = c00;
    c21 = c01;
    c30 = c00;
    c31 = c01;
    c40 = c00;
    c41 = c01;
    c50 = c00;
    c51 = c01;
  }
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
  for (; terms > 0; terms--) {
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
    left += 24;
    right += 32;
  }
  v128.store(r0, c00);
  v128.store(r0, c01, 16);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
  v128.store(r4, c40);
  v128.store(r4, c41, 16);
  v128.store(r5, c50);
  v128.store(r5, c51, 16);
}

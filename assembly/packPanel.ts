import { SOURCES, ZEROS } from './productLayout';
import { zero } from './simd';

// @ts-ignore: decorator
@inline
function source(scratch: usize, i: usize): usize {
  return <usize>load<u32>(scratch + SOURCES + i * 4);
}

/** Bytes of a packed panel of so many terms and lines: the microkernel takes terms four at a time. */
// @ts-ignore: decorator
@inline
export function panelBytes(count: i32, lines: i32): usize {
  return <usize>(((count + 3) & ~3) * lines) << 2;
}

/** Names where line i of the next panel is read from; 0 means nothing but zeros. */
// @ts-ignore: decorator
@inline
export function setSource(scratch: usize, i: i32, address: usize): void {
  store<u32>(scratch + SOURCES + (<usize>i << 2), <u32>(address == 0 ? scratch + ZEROS : address));
}

/** `count` terms of six lines (see setSource) to [count][6], four terms at a time. */
export function packSix(to: usize, scratch: usize, count: i32): void {
  let s0 = source(scratch, 0), s1 = source(scratch, 1), s2 = source(scratch, 2);
  let s3 = source(scratch, 3), s4 = source(scratch, 4), s5 = source(scratch, 5);
  for (; count >= 4; count -= 4) {
    const a = v128.load(s0), b = v128.load(s1), c = v128.load(s2), d = v128.load(s3), e = v128.load(s4), f = v128.load(s5);
    const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const ef0 = v128.shuffle<f32>(e, f, 0, 4, 1, 5), ef2 = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
    v128.store64_lane(to, ef0, 0, 16);
    v128.store(to, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 24);
    v128.store64_lane(to, ef0, 1, 40);
    v128.store(to, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), 48);
    v128.store64_lane(to, ef2, 0, 64);
    v128.store(to, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7), 72);
    v128.store64_lane(to, ef2, 1, 88);
    s0 += 16; s1 += 16; s2 += 16; s3 += 16; s4 += 16; s5 += 16;
    to += 96;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(s0));
    store<f32>(to, load<f32>(s1), 4);
    store<f32>(to, load<f32>(s2), 8);
    store<f32>(to, load<f32>(s3), 12);
    store<f32>(to, load<f32>(s4), 16);
    store<f32>(to, load<f32>(s5), 20);
    s0 += 4; s1 += 4; s2 += 4; s3 += 4; s4 += 4; s5 += 4;
    to += 24;
  }
}

/** `count` terms of eight lines (see setSource) to [count][8]. */
export function packEight(to: usize, scratch: usize, count: i32): void {
  for (let half: usize = 0; half < 8; half += 4) {
    let s0 = source(scratch, half), s1 = source(scratch, half + 1);
    let s2 = source(scratch, half + 2), s3 = source(scratch, half + 3);
    let out = to + half * 4, left = count;
    for (; left >= 4; left -= 4) {
      const a = v128.load(s0), b = v128.load(s1), c = v128.load(s2), d = v128.load(s3);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(out, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
      v128.store(out, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 32);
      v128.store(out, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), 64);
      v128.store(out, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7), 96);
      s0 += 16; s1 += 16; s2 += 16; s3 += 16;
      out += 128;
    }
    for (; left > 0; left--) {
      store<f32>(out, load<f32>(s0));
      store<f32>(out, load<f32>(s1), 4);
      store<f32>(out, load<f32>(s2), 8);
      store<f32>(out, load<f32>(s3), 12);
      s0 += 4; s1 += 4; s2 += 4; s3 += 4;
      out += 32;
    }
  }
}

/** Copies the `have` (0 to 6) floats at `from`, then zeros up to six. */
// @ts-ignore: decorator
@inline
export function copySix(to: usize, from: usize, have: i32): void {
  if (have == 6) {
    v128.store(to, v128.load(from));
    store<i64>(to, load<i64>(from, 16), 16);
    return;
  }
  v128.store(to, zero());
  store<i64>(to, 0, 16);
  for (let i = 0; i < have; i++) store<f32>(to + (<usize>i << 2), load<f32>(from + (<usize>i << 2)));
}

import { loadLanes, storeLanes } from './lanes';

// Nearest-neighbour resize. Fields: x, y (backward: dy, dx), h, w, H, W, channels.

/** The input place that output place i takes: floor(i * in / out) in single precision, as torch's `nearest`. */
// @ts-ignore: decorator
@inline
function sourceOf(i: i32, inputs: i32, outputs: i32): i32 {
  return min(<i32>(<f32>i * (<f32>inputs / <f32>outputs)), inputs - 1);
}

/** A unit is a row of an output picture. */
export function upsample(d: usize, from: i32, to: i32, scratch: usize): void {
  const h = load<i32>(d, 8), w = load<i32>(d, 12), height = load<i32>(d, 16), width = load<i32>(d, 20), channels = load<i32>(d, 24);
  const bytes = <usize>channels << 2;
  for (let unit = from; unit < to; unit++) {
    const picture = unit / height, row = sourceOf(unit - picture * height, h, height);
    const x = <usize>load<u32>(d) + <usize>((picture * h + row) * w) * bytes;
    let y = <usize>load<u32>(d, 4) + <usize>(unit * width) * bytes;
    for (let i = 0; i < width; i++, y += bytes) {
      const p = x + <usize>sourceOf(i, w, width) * bytes;
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2, lanes = min(4, channels - c);
        storeLanes(y + at, loadLanes(p + at, lanes), lanes);
      }
    }
  }
}

/** Adds up what all outputs that took an input got; a unit is a row of an input picture. */
export function upsampleGrad(d: usize, from: i32, to: i32, scratch: usize): void {
  const h = load<i32>(d, 8), w = load<i32>(d, 12), height = load<i32>(d, 16), width = load<i32>(d, 20), channels = load<i32>(d, 24);
  const bytes = <usize>channels << 2;
  for (let unit = from; unit < to; unit++) {
    const picture = unit / h, row = unit - picture * h, dx = <usize>load<u32>(d, 4) + <usize>(unit * w) * bytes;
    memory.fill(dx, 0, <usize>w * bytes);
    for (let i = 0; i < height; i++) {
      if (sourceOf(i, h, height) != row) continue;
      let dy = <usize>load<u32>(d) + <usize>((picture * height + i) * width) * bytes;
      for (let j = 0; j < width; j++, dy += bytes) {
        const p = dx + <usize>sourceOf(j, w, width) * bytes;
        for (let c = 0; c < channels; c += 4) {
          const at = <usize>c << 2, lanes = min(4, channels - c);
          storeLanes(p + at, f32x4.add(loadLanes(p + at, lanes), loadLanes(dy + at, lanes)), lanes);
        }
      }
    }
  }
}

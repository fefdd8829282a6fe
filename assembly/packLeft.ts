import { copySix, packSix, panelBytes, setSource } from './packPanel';
import {
  A_COLUMN, A_ROW, GRID_H, GRID_W, LEFT_COLUMNS, LEFT_MODE, LEFT_PATCHES, LEFT_ROWS, LEFT_SHIFTED, M, MR, OFFSET_X, OFFSET_Y,
  PLACES, SOURCE_C, SOURCE_H, SOURCE_W, STEP_X, STEP_Y, TAP_STEP, TAPS_W,
} from './productLayout';

// A panel is six rows. Those of LEFT_SHIFTED do not cross taps, so that a panel's rows follow each other in memory.

/** Panels that the rows of one product make. */
export function panelCount(d: usize): i32 {
  const rows = load<i32>(d, M);
  if (load<i32>(d, LEFT_MODE) != LEFT_SHIFTED) return (rows + MR - 1) / MR;
  const channels = load<i32>(d, SOURCE_C);
  return (rows / channels) * ((channels + MR - 1) / MR);
}

/** First row of a panel. */
export function panelRow(d: usize, panel: i32): i32 {
  if (load<i32>(d, LEFT_MODE) != LEFT_SHIFTED) return panel * MR;
  const channels = load<i32>(d, SOURCE_C), perTap = (channels + MR - 1) / MR, tap = panel / perTap;
  return tap * channels + (panel - tap * perTap) * MR;
}

/** Rows of a panel that exist, 1 to 6. */
export function panelHeight(d: usize, panel: i32): i32 {
  if (load<i32>(d, LEFT_MODE) != LEFT_SHIFTED) return min(MR, load<i32>(d, M) - panel * MR);
  const channels = load<i32>(d, SOURCE_C), perTap = (channels + MR - 1) / MR;
  return min(MR, channels - (panel % perTap) * MR);
}

/**
 * Packs terms [k0, k0 + count) of panels [p0, p1) of the left side at `a`, panel by panel, each as [count][6], with zeros
 * up to a multiple of four terms.
 */
export function packLeft(d: usize, to: usize, a: usize, k0: i32, count: i32, p0: i32, p1: i32, scratch: usize): void {
  const mode = load<i32>(d, LEFT_MODE);
  const size = panelBytes(count, MR), used = <usize>(count * MR) << 2;
  for (let panel = p0, end = to + size; used < size && panel < p1; panel++, end += size) memory.fill(end - (size - used), 0, size - used);
  if (mode == LEFT_SHIFTED) return packShifted(d, to, a, k0, count, p0, p1);
  for (let panel = p0; panel < p1; panel++, to += size) {
    if (mode == LEFT_ROWS) packRows(d, to, a, k0, count, panel, scratch);
    else if (mode == LEFT_COLUMNS) packColumns(d, to, a, k0, count, panel);
    else packPatches(d, to, a, k0, count, panel, scratch);
  }
}

function packRows(d: usize, to: usize, a: usize, k0: i32, count: i32, panel: i32, scratch: usize): void {
  const stride = <usize>load<u32>(d, A_ROW), height = panelHeight(d, panel);
  let from = a + <usize>(panel * MR) * stride + (<usize>k0 << 2);
  for (let i = 0; i < MR; i++, from += stride) setSource(scratch, i, i < height ? from : 0);
  packSix(to, scratch, count);
}

function packColumns(d: usize, to: usize, a: usize, k0: i32, count: i32, panel: i32): void {
  const stride = <usize>load<u32>(d, A_COLUMN), height = panelHeight(d, panel);
  let from = a + (<usize>(panel * MR) << 2) + <usize>k0 * stride;
  if (height == MR) {
    for (let k = 0; k < count; k++, to += 24, from += stride) copySix(to, from, 6);
  } else {
    for (let k = 0; k < count; k++, to += 24, from += stride) copySix(to, from, height);
  }
}

function packPatches(d: usize, to: usize, a: usize, k0: i32, count: i32, panel: i32, scratch: usize): void {
  const sourceH = load<i32>(d, SOURCE_H), sourceW = load<i32>(d, SOURCE_W), channels = load<i32>(d, SOURCE_C);
  const gridW = load<i32>(d, GRID_W), perPicture = load<i32>(d, GRID_H) * gridW;
  const tapsW = load<i32>(d, TAPS_W), tapStep = load<i32>(d, TAP_STEP), height = panelHeight(d, panel);
  for (let i = 0; i < height; i++) {
    const row = panel * MR + i, picture = row / perPicture, rest = row - picture * perPicture, y = rest / gridW;
    const place = scratch + PLACES + <usize>(i * 12);
    store<u32>(place, <u32>(a + (<usize>(picture * sourceH * sourceW * channels) << 2)));
    store<i32>(place, y * load<i32>(d, STEP_Y) + load<i32>(d, OFFSET_Y), 4);
    store<i32>(place, (rest - y * gridW) * load<i32>(d, STEP_X) + load<i32>(d, OFFSET_X), 8);
  }
  for (let i = height; i < MR; i++) setSource(scratch, i, 0);
  const end = k0 + count;
  for (let k = k0; k < end; ) {
    const tap = k / channels, channel = k - tap * channels, length = min(channels - channel, end - k);
    const tapY = (tap / tapsW) * tapStep, tapX = (tap % tapsW) * tapStep;
    for (let i = 0; i < height; i++) {
      const place = scratch + PLACES + <usize>(i * 12);
      const y = load<i32>(place, 4) + tapY, x = load<i32>(place, 8) + tapX;
      const inside = <u32>y < <u32>sourceH && <u32>x < <u32>sourceW;
      const at = <usize>load<u32>(place) + (<usize>((y * sourceW + x) * channels + channel) << 2);
      setSource(scratch, i, inside ? at : 0);
    }
    packSix(to, scratch, length);
    to += <usize>length * 24;
    k += length;
  }
}

/** All panels of a tap together, so that each place is looked up once. */
function packShifted(d: usize, to: usize, a: usize, k0: i32, count: i32, p0: i32, p1: i32): void {
  const sourceH = load<i32>(d, SOURCE_H), sourceW = load<i32>(d, SOURCE_W), channels = load<i32>(d, SOURCE_C);
  const gridH = load<i32>(d, GRID_H), gridW = load<i32>(d, GRID_W);
  const stepY = load<i32>(d, STEP_Y), stepX = load<i32>(d, STEP_X), tapsW = load<i32>(d, TAPS_W);
  const perTap = (channels + MR - 1) / MR, size = panelBytes(count, MR);
  for (let panel = p0; panel < p1; ) {
    const tap = panel / perTap, first = panel - tap * perTap, last = min(perTap, first + p1 - panel);
    const offsetY = load<i32>(d, OFFSET_Y) + tap / tapsW, offsetX = load<i32>(d, OFFSET_X) + (tap % tapsW);
    let picture = k0 / (gridH * gridW), gridY = (k0 / gridW) % gridH, gridX = k0 % gridW;
    let out = to;
    for (let k = 0; k < count; k++, out += 24) {
      const y = gridY * stepY + offsetY, x = gridX * stepX + offsetX;
      let column = out;
      if (<u32>y < <u32>sourceH && <u32>x < <u32>sourceW) {
        let from = a + (<usize>(((picture * sourceH + y) * sourceW + x) * channels + first * MR) << 2);
        for (let i = first; i < last; i++, column += size, from += 24) copySix(column, from, min(MR, channels - i * MR));
      } else {
        for (let i = first; i < last; i++, column += size) copySix(column, 0, 0);
      }
      if (++gridX == gridW) {
        gridX = 0;
        if (++gridY == gridH) {
          gridY = 0;
          picture++;
        }
      }
    }
    to += <usize>(last - first) * size;
    panel += last - first;
  }
}

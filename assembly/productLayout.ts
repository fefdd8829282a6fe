// Sizes of the matrix product's blocks, its scratch memory, and the fields that describe a product.

/** Rows and columns of the result that one call of the microkernel makes. */
export const MR: i32 = 6;
export const NR: i32 = 8;
/** Terms of the sums that are packed at a time: a packed panel of the right side then fits the first-level cache. */
export const KC: i32 = 384;
/** Row panels and columns packed at a time: both fit the second-level cache. */
export const PANELS: i32 = 16;
export const NC: i32 = 384;

// Scratch memory of one thread, in bytes.
/** Address of each row of the result in the current block of panels. */
export const ROWS: usize = 0;
/** Address of each row of the tile. */
export const TILE_ROWS: usize = 384;
/** Addresses that a packer reads from, at most 8. */
export const SOURCES: usize = 416;
/** What the microkernel has made, [6][8]. */
export const TILE: usize = 448;
/** KC zeros: what a packer reads where there is nothing (padding, rows beyond the last). Never written. */
export const ZEROS: usize = 640;
/** Per row of a panel: address of its picture, row and column of its first tap. */
export const PLACES: usize = 2176;
/** From here on any kernel may use the memory; what lies before is the product's alone. */
export const FREE_SCRATCH: usize = 2304;
export const LEFT: usize = FREE_SCRATCH;
export const RIGHT: usize = LEFT + 4 * <usize>(PANELS * MR * KC);
export const PRODUCT_SCRATCH: usize = RIGHT + 4 * <usize>(NC * KC);

// Fields of a product's description, 32 bit each; addresses and strides in bytes.
/** How the left side is read: LEFT_*. */
export const LEFT_MODE: usize = 0;
/** How the right side is read: RIGHT_*. */
export const RIGHT_MODE: usize = 4;
/** Products of this batch, as outer x inner. */
export const ITEMS: usize = 8;
export const INNER: usize = 12;
/** Rows, columns and terms of one product. */
export const M: usize = 16;
export const N: usize = 20;
export const K: usize = 24;
/** The result is cut into this many parts by rows and by columns. */
export const ROW_PARTS: usize = 28;
export const COLUMN_PARTS: usize = 32;
export const A: usize = 36;
export const A_ROW: usize = 40;
export const A_COLUMN: usize = 44;
export const A_OUTER: usize = 48;
export const A_INNER: usize = 52;
export const B: usize = 56;
export const B_ROW: usize = 60;
export const B_COLUMN: usize = 64;
export const B_OUTER: usize = 68;
export const B_INNER: usize = 72;
export const C: usize = 76;
export const C_ROW: usize = 80;
export const C_OUTER: usize = 84;
export const C_INNER: usize = 88;
/** N values that every row starts from, or 0. */
export const BIAS: usize = 92;
/** 1: add to what the result holds. */
export const ADD: usize = 96;
// Pictures (LEFT_PATCHES, LEFT_SHIFTED): the source is [pictures, SOURCE_H, SOURCE_W, SOURCE_C]; a row is one of
// GRID_H x GRID_W places of a picture, whose first tap is at (row * STEP + OFFSET), the next ones TAP_STEP apart.
export const SOURCE_H: usize = 100;
export const SOURCE_W: usize = 104;
export const SOURCE_C: usize = 108;
export const GRID_H: usize = 112;
export const GRID_W: usize = 116;
export const TAPS_W: usize = 120;
export const STEP_Y: usize = 124;
export const STEP_X: usize = 128;
export const OFFSET_Y: usize = 132;
export const OFFSET_X: usize = 136;
export const TAP_STEP: usize = 140;
// Where a row of the result goes: place (y, x) of the grid to pixel (y * OUT_STEP + OUT_FIRST) of [OUT_H, OUT_W].
// OUT_H = 0: rows follow each other.
export const OUT_H: usize = 144;
export const OUT_W: usize = 148;
export const OUT_FIRST_Y: usize = 152;
export const OUT_FIRST_X: usize = 156;
export const OUT_STEP_Y: usize = 160;
export const OUT_STEP_X: usize = 164;
// Filter taps of RIGHT_FILTER: tap (i, j) of the sum is tap (FIRST + i * STRIDE) of a filter FILTER_W wide.
export const FILTER_W: usize = 168;
export const FILTER_FIRST_Y: usize = 172;
export const FILTER_FIRST_X: usize = 176;
export const FILTER_STRIDE_Y: usize = 180;
export const FILTER_STRIDE_X: usize = 184;
export const PRODUCT_BYTES: usize = 192;

/** Rows whose terms follow each other in memory. */
export const LEFT_ROWS: i32 = 0;
/** Columns whose rows follow each other: a transposed matrix. */
export const LEFT_COLUMNS: i32 = 1;
/** Row = a place of a picture, terms = (tap, channel): convolution and its gradient to the input. */
export const LEFT_PATCHES: i32 = 2;
/** Row = (tap, channel), terms = places: gradient to the filter. */
export const LEFT_SHIFTED: i32 = 3;
/** Terms whose columns follow each other. */
export const RIGHT_ROWS: i32 = 0;
/** Columns whose terms follow each other: a transposed matrix. */
export const RIGHT_COLUMNS: i32 = 1;
/** A filter [tap, columns, channels] with terms = (tap, channel). */
export const RIGHT_FILTER: i32 = 2;

import { Dice } from '../../core/random/dice.ts';
import { type Canvas, paste, type RgbImage } from '../../diffusion/images/index.ts';
import { SHARES, type Thing } from './art.ts';
import { type Background, drawBackground } from './backgrounds.ts';
import { RARE_WORDS } from './names.ts';

/** A picture and what it shows. */
export interface Scene {
  image: RgbImage;
  caption: string;
}

export interface SceneOptions {
  /** Pixels along a side. */
  size: number;
  /** Laid under the things instead of a new one. */
  background?: Background;
  /** Share of pictures with two things. */
  pairs?: number;
}

/** Share of captions that put a word of nothing in particular before a name. */
const RARE = 0.05;

const PLACES = ['on the left', 'on the right', 'at the top', 'at the bottom'] as const;

const article = (words: string): string => (/^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`);

/**
 * One composed picture: a known thing (sometimes two) on a background, and a caption that says what it is, sometimes
 * where, how large, and on what.
 */
export function drawScene(dice: Dice, things: readonly Thing[], options: SceneOptions): Scene {
  const { size, background = drawBackground(dice, size), pairs = 0.08 } = options;
  const canvas: Canvas = { size, data: background.canvas.data.slice() };
  const what = dice.chance(pairs) ? drawPair(dice, canvas, things) : drawOne(dice, canvas, dice.pick(things));
  const opening = dice.pick(['a photo of ', 'a photo of ', 'a picture of ', '', '', '', '', '']);
  return { image: rounded(canvas), caption: opening + what + closing(dice, background) };
}

const UNSEEN_SEED = 77;
const UNSEEN_COUNT = 96;

/** Pictures to judge by: of a stream of its own, which no training draws from. */
export function unseenScenes(things: readonly Thing[], size: number, count = UNSEEN_COUNT): Scene[] {
  const dice = new Dice(UNSEEN_SEED);
  return Array.from({ length: count }, () => drawScene(dice, things, { size }));
}

/** The background is left out of one caption in ten. */
function closing(dice: Dice, { phrase, aside }: Background): string {
  if (dice.chance(0.1)) return '';
  return aside === null || dice.chance(0.8) ? ` ${phrase}` : `, ${aside}`;
}

function drawPair(dice: Dice, canvas: Canvas, things: readonly Thing[]): string {
  const names = [0.25, 0.75].map(across => {
    const thing = dice.pick(things);
    const at = dice.whole(0, 2);
    const half = canvas.size / 2;
    place(
      dice,
      canvas,
      thing,
      at,
      across * canvas.size + jitter(dice, canvas, 1),
      half + jitter(dice, canvas, 8),
    );
    return article(nameOf(dice, thing));
  });
  return names.join(' and ');
}

function drawOne(dice: Dice, canvas: Canvas, thing: Thing): string {
  const { size } = canvas;
  const half = size / 2;
  const [x, y] = [half + jitter(dice, canvas, 2), half + jitter(dice, canvas, 2)];
  if (dice.chance(0.66)) {
    const at = dice.weighted(CENTRED).index;
    place(dice, canvas, thing, at, x, y);
    return describe(dice, thing, at, dice.chance(0.1) ? ' in the middle' : '');
  }
  const at = dice.whole(0, 4);
  const where = dice.pick(PLACES);
  // As far out as its edge allows, or a little less.
  const out = half - ((SHARES[at] ?? 0) * size) / 2 + (size / 64) * dice.between(-1, 1);
  const sideways = where === 'on the left' ? half - out : where === 'on the right' ? half + out : x;
  const upright = where === 'at the top' ? half - out : where === 'at the bottom' ? half + out : y;
  place(dice, canvas, thing, at, sideways, upright);
  return describe(dice, thing, at, ` ${where}`);
}

/** How often a thing in the middle has which of the sizes. */
const CENTRED = [0.06, 0.1, 0.2, 0.3, 0.24, 0.1].map((weight, i) => ({ weight, index: i + 3 }));

const jitter = (dice: Dice, { size }: Canvas, pixels: number): number =>
  dice.between(-pixels, pixels) * (size / 64);

function place(dice: Dice, canvas: Canvas, thing: Thing, at: number, x: number, y: number): void {
  const cutout = thing.cutouts[at];
  if (!cutout) return;
  // Up to an eighth may hang over the edge.
  const over = Math.floor(cutout.size / 8);
  const corner = (centre: number): number =>
    Math.max(-over, Math.min(canvas.size - cutout.size + over, Math.round(centre - cutout.size / 2)));
  paste(canvas, cutout, corner(x), corner(y), dice.chance(0.5));
}

function describe(dice: Dice, thing: Thing, at: number, where: string): string {
  const share = (SHARES[at] ?? 0) * 64;
  const small = share <= 36 && dice.chance(0.6) ? 'small ' : '';
  const large = share >= 56 && dice.chance(0.6) ? 'big ' : '';
  return article(small + large + nameOf(dice, thing)) + where;
}

function nameOf(dice: Dice, { called }: Thing): string {
  const name = dice.pick(called);
  return dice.chance(RARE) ? `${dice.pick(RARE_WORDS)} ${name}` : name;
}

function rounded({ size, data }: Canvas): RgbImage {
  // A clamped array rounds and clips by itself.
  return { width: size, height: size, data: new Uint8Array(new Uint8ClampedArray(data).buffer) };
}

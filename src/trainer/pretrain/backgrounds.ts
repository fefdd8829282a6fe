import type { Dice } from '../../core/random/dice.ts';
import type { Canvas } from '../../diffusion/images/index.ts';

type Colour = readonly [number, number, number];

/** Colours by the word that captions use. */
export const COLOURS: Readonly<Record<string, Colour>> = {
  red: [214, 52, 52],
  orange: [240, 146, 50],
  yellow: [247, 215, 74],
  green: [76, 168, 84],
  blue: [58, 110, 214],
  purple: [136, 80, 190],
  pink: [246, 160, 190],
  brown: [130, 88, 56],
  white: [246, 246, 246],
  grey: [150, 152, 158],
  black: [26, 26, 30],
  teal: [48, 170, 170],
};

export interface Background {
  canvas: Canvas;
  /** As a caption ends with it: `on a blue background`, `on grass`. */
  phrase: string;
  /** As a caption adds it behind a comma; null for places, which only have a phrase. */
  aside: string | null;
}

interface Kind {
  weight: number;
  make(dice: Dice, size: number): Background;
}

type Paint = (x: number, y: number) => Colour;

/** Colours differ by this much from picture to picture, so that a colour's name means more than one value. */
const SPREAD = 10;

function colour(dice: Dice, name: string, spread = SPREAD): Colour {
  const [red, green, blue] = COLOURS[name] ?? [0, 0, 0];
  const shift = (value: number): number => Math.min(255, Math.max(0, value + dice.between(-spread, spread)));
  return [shift(red), shift(green), shift(blue)];
}

function twoColours(dice: Dice): [string, string] {
  const names = Object.keys(COLOURS);
  const first = dice.whole(0, names.length);
  const second = (first + 1 + dice.whole(0, names.length - 1)) % names.length;
  return [names[first] ?? '', names[second] ?? ''];
}

function painted(size: number, paint: Paint): Canvas {
  const data = new Float32Array(size * size * 3);
  for (let y = 0, at = 0; y < size; y++) for (let x = 0; x < size; x++, at += 3) data.set(paint(x, y), at);
  return { size, data };
}

const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

const article = (words: string): string => (/^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`);

const described = (canvas: Canvas, aside: string): Background => ({
  canvas,
  aside,
  phrase: `on ${article(aside)}`,
});

const place = (canvas: Canvas, phrase: string): Background => ({ canvas, phrase, aside: null });

function plain(dice: Dice, size: number): Background {
  const name = dice.pick(Object.keys(COLOURS));
  const only = colour(dice, name);
  return described(
    painted(size, () => only),
    `${name} background`,
  );
}

/** Two colours in a pattern: `inside` says which one a pixel has, or how far it is between them (0 to 1). */
function patterned(
  dice: Dice,
  size: number,
  words: (a: string, b: string) => string,
  inside: (x: number, y: number) => number,
): Background {
  const [first, second] = twoColours(dice);
  const [a, b] = [colour(dice, first), colour(dice, second)];
  return described(
    painted(size, (x, y) => mix(a, b, inside(x, y))),
    words(first, second),
  );
}

const gradient = (dice: Dice, size: number): Background =>
  patterned(
    dice,
    size,
    (a, b) => `${a} and ${b} gradient background`,
    (_, y) => y / (size - 1),
  );

function stripes(dice: Dice, size: number): Background {
  const period = dice.pick([8, 12, 16]) * (size / 64);
  const offset = dice.whole(0, period);
  const direction = dice.whole(0, 3);
  const along = (x: number, y: number): number => [x, y, x + y][direction] ?? x;
  return patterned(
    dice,
    size,
    (a, b) => `${a} and ${b} striped background`,
    (x, y) => 1 - (Math.floor((along(x, y) + offset) / (period / 2)) % 2),
  );
}

function dots(dice: Dice, size: number): Background {
  const period = dice.pick([10, 13, 16]) * (size / 64);
  const [left, top] = [dice.between(0, period), dice.between(0, period)];
  return patterned(
    dice,
    size,
    (a, b) => `${a} background with ${b} dots`,
    (x, y) => {
      const dx = ((x + left) % period) - period / 2;
      const dy = ((y + top) % period) - period / 2;
      return dx * dx + dy * dy < (period * 0.3) ** 2 ? 1 : 0;
    },
  );
}

function checks(dice: Dice, size: number): Background {
  const side = dice.pick([8, 11, 16]) * (size / 64);
  return patterned(
    dice,
    size,
    (a, b) => `${a} and ${b} checkered background`,
    (x, y) => 1 - ((Math.floor(x / side) + Math.floor(y / side)) % 2),
  );
}

function grass(dice: Dice, size: number): Background {
  const horizon = dice.between(0.53, 0.72) * size;
  const shifted = (base: Colour, spread: number): Colour => [
    base[0] + dice.between(-spread, spread),
    base[1] + dice.between(-spread, spread),
    base[2] + dice.between(-spread, spread),
  ];
  const [sky, green] = [shifted([150, 205, 250], 10), shifted([92, 178, 74], 12)];
  const add = ([r, g, b]: Colour, more: number): Colour => [r + more, g + more, b + more];
  return place(
    painted(size, (_, y) =>
      y < horizon ? add(sky, (y / horizon) * 20) : add(green, -(y - horizon) * (51.2 / size)),
    ),
    'on grass',
  );
}

function sky(dice: Dice, size: number): Background {
  const clouds = Array.from({ length: dice.whole(2, 5) }, () => ({
    x: dice.between(0, size),
    y: dice.between(0, size),
    radius: dice.between(5, 10) * (size / 64),
  }));
  const paint: Paint = (x, y) => {
    const down = (y / (size - 1)) * 60;
    const air: Colour = [110 + down, 180 + down * 0.6, 246 + down * 0.1];
    return clouds.reduce<Colour>((under, cloud) => {
      const distance =
        ((x - cloud.x) / (cloud.radius * 1.6)) ** 2 + ((y - cloud.y) / (cloud.radius * 0.8)) ** 2;
      return mix(under, [250, 250, 250], Math.exp(-distance));
    }, air);
  };
  return place(painted(size, paint), 'in the sky');
}

function night(dice: Dice, size: number): Background {
  const canvas = painted(size, (_, y) => {
    const down = (y / (size - 1)) * 30;
    return [18 + down * 0.6, 22 + down * 0.6, 60 + down];
  });
  const stars = Math.round(dice.between(10, 22) * (size / 64));
  for (let i = 0; i < stars; i++) {
    canvas.data.set([240, 240, 210], (dice.whole(0, size) * size + dice.whole(0, size)) * 3);
  }
  return place(canvas, 'at night');
}

const KINDS: readonly Kind[] = [
  { weight: 0.7, make: plain },
  { weight: 0.08, make: gradient },
  { weight: 0.05, make: stripes },
  { weight: 0.045, make: dots },
  { weight: 0.035, make: checks },
  { weight: 0.03, make: grass },
  { weight: 0.03, make: sky },
  { weight: 0.03, make: night },
];

/** A background to lay things on, and its words. Patterns are drawn for 64 pixels and grow with `size`. */
export const drawBackground = (dice: Dice, size: number): Background => dice.weighted(KINDS).make(dice, size);

/** The plain background of a colour, exactly. */
export const plainBackground = (name: string, size: number): Canvas =>
  painted(size, () => COLOURS[name] ?? [0, 0, 0]);

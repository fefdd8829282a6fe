/**
 * Draws the subjects under sweeps/subjects that are objects: things that the pocket model has never seen in pretraining,
 * each on backgrounds of all kinds, turned a little, large and small; some pictures to train on, some to score by.
 * Always the same pictures.
 *
 *   npm run build && npm ci --prefix pretrain && node pretrain/make-subjects.mjs [DIR]
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Dice } from '../dist/core/random/dice.js';
import { paste, readCutouts, writePng } from '../dist/diffusion/images/index.js';
import { artFile } from '../dist/trainer/pretrain/art.js';
import { drawBackground } from '../dist/trainer/pretrain/backgrounds.js';
import { HELD_OUT } from '../dist/trainer/pretrain/names.js';

const SIZE = 256;
const root = join(import.meta.dirname, '..');
const packages = join(import.meta.dirname, 'node_modules');
const target = process.argv[2] ?? join(root, 'sweeps/subjects');

/** Subject: pictures to train on, pictures held out, a seed that gives backgrounds of many kinds. */
const SUBJECTS = {
  'teddy-bear': { instances: 5, heldOut: 3, seed: 11 },
  moon: { instances: 5, heldOut: 3, seed: 25 },
  taxi: { instances: 5, heldOut: 3, seed: 27 },
};

for (const [name, { instances, heldOut, seed }] of Object.entries(SUBJECTS)) {
  const dice = new Dice(seed);
  const views = HELD_OUT[name];
  for (let i = 0; i < instances + heldOut; i++) {
    const held = i >= instances;
    const folder = held ? join(target, 'held-out', name) : join(target, name);
    const number = held ? i - instances : i;
    mkdirSync(folder, { recursive: true });
    const image = await draw(dice, views[i % views.length]);
    await writePng(join(folder, `${String(number).padStart(2, '0')}.png`), image);
  }
}

async function draw(dice, view) {
  const { canvas } = drawBackground(dice, SIZE);
  const size = Math.round(dice.between(0.6, 0.85) * SIZE);
  const [cutout] = await readCutouts(artFile(packages, view), [size], dice.between(-12, 12));
  const place = () => Math.round((SIZE - size) / 2 + dice.between(-0.5, 0.5) * (SIZE - size));
  paste(canvas, cutout, place(), place(), dice.chance(0.5));
  return { width: SIZE, height: SIZE, data: new Uint8Array(new Uint8ClampedArray(canvas.data).buffer) };
}

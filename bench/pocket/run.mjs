// npm run bench:pocket: how good a pocket model is, on composed pictures and prompts that were not trained on, beside the
// targets. Needs the art (npm ci --prefix pretrain). The first run trains a classifier, which is kept.
//   --model DIR (models/pocket)  --clip DIR (its clip/)  --prompts N (118)  --guidance G (5)  --steps N (25)
//   --backend NAME  --threads N  --output DIR for the sheet of 24 prompts  --classifier FILE  --classifier-updates N
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '../../dist/compute/backend.js';
import { hearFallbacks } from '../../dist/compute/graph/compiling.js';
import { Dice } from '../../dist/core/random/dice.js';
import { paste, readCutouts, toTensorValues } from '../../dist/diffusion/images/index.js';
import { loadClip, loadPipeline } from '../../dist/diffusion/pipeline/index.js';
import { textToImage } from '../../dist/diffusion/textToImage.js';
import { artFile, readThings, SHARES } from '../../dist/trainer/pretrain/art.js';
import { COLOURS, drawBackground, plainBackground } from '../../dist/trainer/pretrain/backgrounds.js';
import { HELD_OUT } from '../../dist/trainer/pretrain/names.js';
import { reconstructionPsnr } from '../../dist/trainer/pretrain/reconstruction.js';
import { retrieval } from '../../dist/trainer/pretrain/retrieval.js';
import { unseenScenes } from '../../dist/trainer/pretrain/scene.js';
import { backgroundOf } from './background.mjs';
import { trainedClassifier } from './classifier.mjs';
import { SHEET_PROMPTS } from './prompts.mjs';
import { writeSheet } from './sheet.mjs';

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models/pocket') },
    clip: { type: 'string' },
    prompts: { type: 'string', default: '118' },
    guidance: { type: 'string', default: '5' },
    steps: { type: 'string', default: '25' },
    backend: { type: 'string' },
    threads: { type: 'string' },
    output: { type: 'string', default: 'bench-pocket' },
    classifier: { type: 'string', default: join(root, 'pretrain/work/classifier.safetensors') },
    'classifier-updates': { type: 'string', default: '2500' },
  },
});
const packages = join(root, 'pretrain/node_modules');
const say = message => console.error(message);

hearFallbacks(say);
const backend = await initBackend({
  ...(options.backend && { name: options.backend }),
  ...(options.threads && { threads: Number(options.threads) }),
});
say(`${backend.name}, ${backend.threads} threads`);
const pipeline = await loadPipeline(resolve(options.model));
const clip = await loadClip(resolve(options.clip ?? join(options.model, 'clip')));
const size = pipeline.vae.config.sampleSize;
const things = await readThings(packages, size);
const classify = await trainedClassifier({
  things,
  size,
  path: resolve(options.classifier),
  updates: Number(options['classifier-updates']),
  say,
});

const rows = [];
const row = (what, value, target, more = '') =>
  rows.push({ what, value, target, met: target === null ? '' : value >= target ? 'met' : 'missed', more });

// The VAE, on pictures like those it was trained on, and on subjects it has never seen.
row('VAE, unseen composites, dB', reconstructionPsnr(pipeline.vae, unseenScenes(things, size)), 30);
row('VAE, held-out subjects, dB', reconstructionPsnr(pipeline.vae, await heldOutScenes()), null);

// The CLIP that scores are made of.
const scenes = unseenScenes(things, size, 512);
const captions = scenes.map(({ caption }) => caption);
const recall = retrieval(
  imageEmbeddings(scenes.map(({ image }) => image)),
  textEmbeddings(captions),
  captions,
);
row(
  'CLIP, picture to text R@1 of 512',
  recall.imageToText,
  0.9,
  `text to picture ${recall.textToImage.toFixed(3)}`,
);

// What the model draws, beside real composites of the same prompts.
const wanted = wantedPictures(Number(options.prompts));
const drawn = await draw(wanted.map(({ prompt }) => prompt));
const real = wanted.map(({ thing, colour }) => composite(thing, colour));
const [ours, best] = [judge(drawn), judge(real)];
const ofReal = key => `real composites ${best[key].toFixed(3)}`;
row('subject@1', ours.first, 0.85, ofReal('first'));
row('subject@5', ours.five, 0.97, ofReal('five'));
row('background colour', ours.background, 0.95, ofReal('background'));
row(
  'CLIP-T, share of real composites',
  ours.text / best.text,
  0.9,
  `${ours.text.toFixed(3)}; ${ofReal('text')}`,
);

const output = resolve(options.output);
mkdirSync(output, { recursive: true });
await writeSheet(join(output, 'sheet.png'), await draw(SHEET_PROMPTS), SHEET_PROMPTS);

console.log(
  `${options.model}: ${wanted.length} prompts, guidance ${options.guidance}, ${options.steps} DDIM steps, seed = number`,
);
console.log('| | measured | target | | |\n|---|---|---|---|---|');
for (const { what, value, target, met, more } of rows) {
  console.log(`| ${what} | ${value.toFixed(3)} | ${target ?? ''} | ${met} | ${more} |`);
}
console.log(`${join(options.output, 'sheet.png')}: of 24 prompts a person should recognise at least 20`);
backend.dispose();

/** Each known thing in turn, on a colour drawn for it. */
function wantedPictures(count) {
  const dice = new Dice(123);
  return Array.from({ length: count }, (_, i) => {
    const index = i % things.length;
    const colour = dice.pick(Object.keys(COLOURS));
    const article = words => (/^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`);
    const prompt = `${article(things[index].called[0])} on ${article(`${colour} background`)}`;
    return { index, thing: things[index], colour, prompt };
  });
}

function composite(thing, colour) {
  const canvas = plainBackground(colour, size);
  const at = SHARES.findIndex(share => share >= 52 / 64);
  const cutout = thing.cutouts[at];
  const corner = Math.round((size - cutout.size) / 2);
  paste(canvas, cutout, corner, corner);
  return picture(canvas);
}

async function heldOutScenes() {
  const dice = new Dice(99);
  const found = [];
  for (const view of Object.values(HELD_OUT).flat()) {
    const [cutout] = await readCutouts(artFile(packages, view), [Math.round(0.75 * size)]);
    for (let i = 0; i < 3; i++) {
      const { canvas } = drawBackground(dice, size);
      const corner = () => dice.whole(0, size - cutout.size);
      paste(canvas, cutout, corner(), corner(), dice.chance(0.5));
      found.push({ image: picture(canvas), caption: '' });
    }
  }
  return found;
}

function picture({ data }) {
  return { width: size, height: size, data: new Uint8Array(new Uint8ClampedArray(data).buffer) };
}

async function draw(prompts) {
  const images = [];
  for (let i = 0; i < prompts.length; i += 8) {
    const pictures = prompts.slice(i, i + 8).map((prompt, k) => ({ prompt, seed: i + k }));
    const request = { guidanceScale: Number(options.guidance), numInferenceSteps: Number(options.steps) };
    images.push(...(await textToImage(pipeline, { pictures, scheduler: 'ddim', ...request })));
    say(`${images.length} of ${prompts.length} pictures`);
  }
  return images;
}

/** Of pictures of `wanted`, in its order. */
function judge(images) {
  const guesses = [];
  for (let i = 0; i < images.length; i += 32) guesses.push(...classify(images.slice(i, i + 32)));
  const texts = textEmbeddings(wanted.map(({ prompt }) => prompt));
  const vectors = imageEmbeddings(images);
  const share = right => wanted.filter((_, i) => right(i)).length / wanted.length;
  return {
    first: share(i => guesses[i][0] === wanted[i].index),
    five: share(i => guesses[i].slice(0, 5).includes(wanted[i].index)),
    background: share(i => backgroundOf(images[i]) === wanted[i].colour),
    text: vectors.reduce((sum, vector, i) => sum + dot(vector, texts[i]), 0) / vectors.length,
  };
}

function dot(a, b) {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function imageEmbeddings(images) {
  return inParts(images, part => {
    const values = new Float32Array(part.length * size * size * 3);
    part.forEach((image, i) => {
      values.set(toTensorValues(image), i * size * size * 3);
    });
    return clip.model.embedImages(tf.tensor4d(values, [part.length, size, size, 3]));
  });
}

function textEmbeddings(texts) {
  return inParts(texts, part => clip.model.embedTexts(part.map(text => clip.tokenizer.encode(text).ids)));
}

function inParts(items, embed) {
  const vectors = [];
  for (let i = 0; i < items.length; i += 64) {
    vectors.push(...tf.tidy(() => embed(items.slice(i, i + 64)).arraySync()));
  }
  return vectors;
}

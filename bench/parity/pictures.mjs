import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { lastLine, python, sweetspot } from './processes.mjs';

/** Mean absolute difference, in grey levels of 255, from which two pictures count as different. */
const PICTURE_THRESHOLD = 0.5;

/**
 * Draws each case with diffusers and with `sweetspot sample`.
 *
 * @param cases of make_cases.py, with a scratch folder `output` each
 * @returns a row per case: mean and max difference over all of its pictures, or what a side refused
 */
export async function comparePictures(interpreter, cases, onRow) {
  const requests = cases.map(each => ({ ...each, output: join(each.output, 'reference') }));
  const lines = await python(interpreter, 'draw_pictures.py', [], { input: JSON.stringify(requests) });
  const answers = lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const rows = [];
  for (const [index, each] of cases.entries()) {
    const row = await compareCase(each, answers[index]);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

async function compareCase(each, { error }) {
  const ours = join(each.output, 'ours');
  mkdirSync(ours, { recursive: true });
  const result = await sweetspot(sampleArguments(each, ours), each.threads);
  const row = { case: each.name, configuration: settings(each), steps: each.steps, model: each.model };
  if (error !== undefined || result.code !== 0) {
    const refusal = { reference: error ?? null, ours: result.code === 0 ? null : lastLine(result.stderr) };
    const verdict =
      refusal.reference === null ? 'FAILED' : refusal.ours === null ? 'not comparable' : 'both refuse';
    return { ...row, refusal, verdict };
  }
  try {
    const { mean, max } = await difference(join(each.output, 'reference'), ours, each.count);
    return { ...row, mean, max, verdict: mean < PICTURE_THRESHOLD ? 'same' : 'DIFFERENT' };
  } catch (failure) {
    return { ...row, refusal: { reference: null, ours: failure.message }, verdict: 'FAILED' };
  }
}

function sampleArguments(each, output) {
  const values = {
    prompt: each.prompt,
    'negative-prompt': each.negative,
    scheduler: each.scheduler,
    steps: each.steps,
    guidance: each.guidance,
    seed: each.seed,
    count: each.count,
    ...(each.ownSize ? {} : { width: each.width, height: each.height }),
    output,
  };
  return ['sample', each.folder, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)];
}

function settings(each) {
  const negative = each.negative === '' ? '' : ', negative';
  const pictures = each.count === 1 ? '' : ` x ${each.count}`;
  return `${each.width}x${each.height}${pictures}, guidance ${each.guidance}${negative}`;
}

/** Over all pictures of a case: the worst picture's mean difference, and the largest of a single value. */
async function difference(reference, ours, count) {
  const found = readdirSync(ours).sort();
  if (found.length !== count) throw new Error(`${ours}: ${found.length} pictures instead of ${count}`);
  let mean = 0;
  let max = 0;
  for (const [k, name] of found.entries()) {
    const a = await pixels(join(reference, `${k}.png`));
    const b = await pixels(join(ours, name));
    if (a.width !== b.width || a.height !== b.height) {
      throw new Error(`${name}: ${b.width}x${b.height} instead of ${a.width}x${a.height}`);
    }
    let sum = 0;
    a.data.forEach((value, i) => {
      const distance = Math.abs(value - b.data[i]);
      sum += distance;
      max = Math.max(max, distance);
    });
    mean = Math.max(mean, sum / a.data.length);
  }
  return { mean, max };
}

async function pixels(path) {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparePictures } from './pictures.mjs';
import { lastLine, python, sweetspot } from './processes.mjs';

/** Relative difference of a step's loss from which two trainings count as different. */
const LOSS_THRESHOLD = 1e-3;
/**
 * Relative L2 distance of a final weight tensor from which two trainings count as different. Where Adam divides rounding
 * noise by rounding noise the script is as far from itself: then this many times that distance counts.
 */
const WEIGHT_THRESHOLD = 1e-2;
const TIMES_OWN_NOISE = 10;

/** What is compared of each of the two kinds of training, besides the losses. */
export const DREAMBOOTH = {
  command: 'train',
  compare: (interpreter, each, reference, found) => {
    const parts = each.options.includes('--train_text_encoder') ? ['unet', 'text_encoder'] : ['unet'];
    return python(interpreter, 'compare_weights.py', [each.base, reference, found, ...parts]);
  },
};
export const INVERSION = {
  command: 'textual-inversion',
  compare: (interpreter, _each, reference, found) =>
    python(interpreter, 'compare_embeddings.py', [reference, found]),
};

/**
 * Trains each case with the script and with sweetspot's command of that kind, then draws a picture with what the latter
 * wrote, in diffusers and here.
 *
 * @param kind DREAMBOOTH or INVERSION
 * @param cases of make_cases.py, with a scratch folder `output` each
 * @returns a row per training, each followed by the row of its way back
 */
export async function compareTrainings(interpreter, kind, script, cases, onRow) {
  const rows = [];
  for (const each of cases) {
    const row = await compareCase(interpreter, kind, script, each);
    rows.push(row);
    onRow(row);
    if (row.ours === undefined) continue; // a side refused: there is nothing to draw with
    const back = {
      ...each.picture,
      name: `${each.name} back: ${each.picture.scheduler}`,
      folder: join(each.output, 'ours'),
      output: join(each.output, 'back'),
      threads: each.threads,
    };
    rows.push(...(await comparePictures(interpreter, [back], onRow)));
  }
  return rows;
}

async function compareCase(interpreter, kind, script, each) {
  const place = name => join(each.output, name);
  mkdirSync(each.output, { recursive: true });
  const row = {
    case: each.name,
    configuration: each.brief,
    steps: each.steps,
    model: each.model,
    photos: each.photos,
  };
  const optionsFor = name => [
    ...each.options,
    ...['--output_dir', place(name)],
    ...(each.prior ? ['--class_data_dir', each.classDir ?? place(`${name}-class`)] : []),
  ];
  const runScript = async (name, kernels) => {
    const args = [script, place(`${name}.jsonl`), kernels, ...optionsFor(name)];
    await python(interpreter, 'run_script.py', args, { cwd: each.output });
  };
  try {
    await runScript('reference', 'mkldnn');
    await runScript('again', 'plain');
  } catch (error) {
    return { ...row, refusal: { reference: error.message, ours: null }, verdict: 'not comparable' };
  }
  const result = await sweetspot([kind.command, ...optionsFor('ours')], each.threads);
  if (result.code !== 0) {
    return { ...row, refusal: { reference: null, ours: lastLine(result.stderr) }, verdict: 'FAILED' };
  }
  const distance = async (name, lossFile) => ({
    ...compareLosses(readLines(place('reference.jsonl')), readLines(lossFile)),
    weights: JSON.parse(await kind.compare(interpreter, each, place('reference'), place(name))),
  });
  try {
    const ours = await distance('ours', join(place('ours'), 'losses.jsonl'));
    const again = await distance('again', place('again.jsonl'));
    return { ...row, ours, again, verdict: isSame(ours, again) ? 'same' : 'DIFFERENT' };
  } catch (failure) {
    return { ...row, refusal: { reference: null, ours: failure.message }, verdict: 'FAILED' };
  }
}

function isSame({ steps, loss, rate, weights }, again) {
  const allowed = Math.max(WEIGHT_THRESHOLD, TIMES_OWN_NOISE * again.weights.difference);
  const worst = Math.max(loss.worst, rate.worst);
  return steps.found === steps.expected && worst < LOSS_THRESHOLD && weights.difference < allowed;
}

export const compareLosses = (expected, found) => ({
  steps: { expected: expected.length, found: found.length },
  loss: worstRelative(expected, found, 'loss'),
  rate: worstRelative(expected, found, 'lr'),
});

export const readLines = path =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    : [];

/** NaN and missing steps are as far off as can be. */
function worstRelative(expected, found, key) {
  let worst = 0;
  let step = null;
  for (const [index, line] of expected.entries()) {
    const other = found[index];
    const distance = Math.abs((other?.[key] ?? Number.NaN) - line[key]);
    const relative = distance === 0 ? 0 : distance / Math.max(Math.abs(line[key]), 1e-12);
    const counted =
      other?.step === line.step && !Number.isNaN(relative) ? relative : Number.POSITIVE_INFINITY;
    if (counted > worst) {
      worst = counted;
      step = line.step;
    }
  }
  return { worst, step };
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparePictures } from './pictures.mjs';
import { lastLine, python, sweetspot } from './processes.mjs';

/** Relative difference of a step's loss from which two trainings count as different. */
const LOSS_THRESHOLD = 1e-3;
/** Relative L2 distance of a final weight tensor from which two trainings count as different. */
const WEIGHT_THRESHOLD = 1e-3;

/**
 * Trains each case with train_dreambooth.py and with `sweetspot train`, then draws a picture with what the latter wrote,
 * in diffusers and here.
 *
 * @param cases of make_cases.py, with a scratch folder `output` each
 * @returns {trainings, pictures}: a row per training, and a row per picture of the way back
 */
export async function compareTrainings(interpreter, script, cases, onRow) {
  const trainings = [];
  const back = [];
  for (const each of cases) {
    const row = await compareCase(interpreter, script, each);
    trainings.push(row);
    onRow(row);
    if (row.verdict === 'FAILED') continue;
    back.push({
      ...each.picture,
      name: `${each.name} back: ${each.picture.scheduler}`,
      folder: join(each.output, 'ours'),
      output: join(each.output, 'back'),
      threads: each.threads,
    });
  }
  return { trainings, pictures: back.length === 0 ? [] : await comparePictures(interpreter, back, onRow) };
}

async function compareCase(interpreter, script, each) {
  const reference = join(each.output, 'reference');
  const ours = join(each.output, 'ours');
  const lossFile = join(each.output, 'reference-losses.jsonl');
  mkdirSync(each.output, { recursive: true });
  const row = {
    case: each.name,
    configuration: each.brief,
    steps: each.steps,
    model: each.model,
    photos: each.photos,
  };
  const options = output => [
    ...each.options,
    ...['--output_dir', output],
    ...(each.prior ? ['--class_data_dir', each.classDir ?? `${output}-class`] : []),
  ];
  try {
    await python(interpreter, 'run_script.py', [script, lossFile, ...options(reference)], {
      cwd: each.output,
    });
  } catch (error) {
    return { ...row, refusal: { reference: error.message, ours: null }, verdict: 'not comparable' };
  }
  const result = await sweetspot(['train', ...options(ours)], each.threads);
  if (result.code !== 0) {
    return { ...row, refusal: { reference: null, ours: lastLine(result.stderr) }, verdict: 'FAILED' };
  }
  const expected = readLines(lossFile);
  const found = readLines(join(ours, 'losses.jsonl'));
  const losses = worstRelative(expected, found, 'loss');
  const rates = worstRelative(expected, found, 'lr');
  const parts = each.options.includes('--train_text_encoder') ? ['unet', 'text_encoder'] : ['unet'];
  const folders = [each.base, reference, ours];
  const weights = JSON.parse(await python(interpreter, 'compare_weights.py', [...folders, ...parts]));
  const worst = Math.max(losses.worst, rates.worst);
  const same =
    found.length === expected.length && worst < LOSS_THRESHOLD && weights.difference < WEIGHT_THRESHOLD;
  return {
    ...row,
    losses: { first: expected[0]?.loss, last: expected.at(-1)?.loss, ...losses },
    rates,
    weights,
    verdict: same ? 'same' : 'DIFFERENT',
  };
}

const readLines = path =>
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

// Trains every recorded 100-step case of test/golden/train-long anew, with diffusers' train_dreambooth.py and with
// `sweetspot train`, and prints the worst differences.
//
//   npm run bench:loss-parity -- --python VENV/bin/python --train-script PATH/train_dreambooth.py
//     [--cases a,b] [--threads 1] [--output FILE.json]
//
// Beyond the curves: a training gone on with from its checkpoint at 40 must end with the same bytes, and diffusers must
// load a checkpoint. Exit code 1 where something differs, 2 when nothing could be compared.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BIN, lastLine, python, sweetspot } from '../parity/processes.mjs';
import { compareLosses, readLines } from '../parity/trainings.mjs';

const LOSS_THRESHOLD = 1e-3;
/** Relative L2 distance of a weight tensor; attention's key biases, whose gradient is rounding noise, are left out. */
const WEIGHT_THRESHOLD = 1e-2;
const UNET = 'unet/diffusion_pytorch_model.safetensors';

const options = readOptions();
const scratch = mkdtempSync(join(tmpdir(), 'sweetspot-loss-parity-'));
try {
  const all = JSON.parse(await own('reference.py', ['--list']));
  const cases = options.cases ?? all;
  const unknown = cases.find(name => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--cases: ${all.join(', ')}, not ${unknown}`);
  const rows = [];
  for (const name of cases) {
    const row = await compare(name, join(scratch, name)).catch(error => ({
      case: name,
      verdict: 'FAILED',
      why: error.message,
    }));
    rows.push(row);
    console.log(line(row));
  }
  if (options.output) writeFileSync(options.output, `${JSON.stringify(rows, null, 1)}\n`);
  console.log(`\n${table(rows)}\n`);
  const bad = rows.filter(({ verdict }) => verdict !== 'same');
  console.log(`${rows.length} cases, ${bad.length} disagree`);
  if (bad.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function compare(name, folder) {
  mkdirSync(folder, { recursive: true });
  const said = await own('reference.py', [options.script, name, folder]);
  const reference = JSON.parse(lastLine(said));
  const output = join(folder, 'ours');
  await train(reference, output, ['--checkpointing_steps', '40']);
  const { loss, rate, steps } = compareLosses(
    readLines(join(folder, 'losses.jsonl')),
    readLines(join(output, 'losses.jsonl')),
  );
  const parts = reference.options.includes('--train_text_encoder') ? ['unet', 'text_encoder'] : ['unet'];
  const folders = [reference.base, join(folder, 'out'), output];
  const weights = JSON.parse(await python(options.python, 'compare_weights.py', [...folders, ...parts]));

  const straight = read(output);
  await train(reference, output, ['--resume_from_checkpoint', 'checkpoint-40']);
  const resumed = read(output).every((bytes, i) => bytes.equals(straight[i]));
  const loaded =
    name === 'ema' ? JSON.parse(await own('load_checkpoint.py', [join(output, 'checkpoint-40')])) : null;
  const isSame =
    steps.found === steps.expected &&
    Math.max(loss.worst, rate.worst) < LOSS_THRESHOLD &&
    weights.difference < WEIGHT_THRESHOLD;
  const verdict = !isSame ? 'DIFFERENT' : !resumed ? 'RESUMED DIFFERENTLY' : 'same';
  return {
    case: name,
    script: reference.script,
    steps: steps.expected,
    loss,
    rate,
    weights,
    resumed,
    loaded,
    verdict,
  };
}

function read(output) {
  return ['losses.jsonl', UNET].map(file => readFileSync(join(output, file)));
}

async function train({ options: given, generated }, output, more) {
  const classes = generated ? ['--class_data_dir', `${output}-class`] : [];
  const result = await sweetspot(
    ['train', ...given, ...classes, '--output_dir', output, ...more],
    options.threads,
  );
  if (result.code !== 0) throw new Error(`sweetspot train: ${lastLine(result.stderr)}`);
}

function line(row) {
  if (row.why) return `${row.case}: ${row.verdict}: ${row.why}`;
  const loaded = row.loaded ? `; diffusers loads the checkpoint (average at step ${row.loaded.step})` : '';
  return `${row.case}: loss ${digits(row.loss.worst)}, weights ${digits(row.weights.difference)}: ${row.verdict}${loaded}`;
}

function table(rows) {
  const cells = rows.map(row =>
    row.why
      ? [row.case, '', '', '', '', '', row.verdict]
      : [
          row.case,
          row.script,
          row.steps,
          digits(row.loss.worst),
          digits(row.weights.difference),
          row.resumed ? 'same bytes' : 'other bytes',
          row.verdict,
        ],
  );
  const head = ['case', 'script', 'steps', 'worst loss', 'worst weight tensor', 'resumed at 40', 'verdict'];
  return [head, head.map(() => '---'), ...cells].map(row => `| ${row.join(' | ')} |`).join('\n');
}

function digits(value) {
  return value.toExponential(1);
}

/** One of the Python files beside this one. */
function own(file, args) {
  return python(options.python, `../loss-parity/${file}`, args);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      python: { type: 'string' },
      'train-script': { type: 'string' },
      cases: { type: 'string' },
      threads: { type: 'string', default: '1' },
      output: { type: 'string' },
    },
  });
  if (values.python === undefined)
    fail('--python: the interpreter of an environment with diffusers is needed');
  const script = resolve(values['train-script'] ?? '');
  if (values['train-script'] === undefined || !existsSync(script)) {
    fail("--train-script: the path of diffusers' examples/dreambooth/train_dreambooth.py is needed");
  }
  if (!existsSync(BIN)) fail(`${BIN}: no such file; npm run build makes it`);
  return {
    python: /[\\/]/.test(values.python) ? resolve(values.python) : values.python,
    script,
    cases: values.cases?.split(','),
    threads: values.threads,
    output: values.output === undefined ? undefined : resolve(values.output),
  };
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

// Shows that `sweetspot sample`, `train` and `textual-inversion` agree with diffusers on folders and photos that no test has seen.
//
//   npm run bench:parity -- --python VENV/bin/python --train-script PATH/train_dreambooth.py
//     [--inversion-script PATH/textual_inversion.py] [--seed N] [--cases sample,train,invert] [--count 2] [--steps 50] [--threads 1] [--output FILE.json] [--keep FOLDER]
//
// One thread, because the networks are tiny: more of them would mostly wait for each other.
//
// Exit code 1 when a difference exceeds its threshold, or when sweetspot refuses what diffusers accepts; 2 when nothing
// could be compared.

import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { comparePictures } from './pictures.mjs';
import { BIN, python } from './processes.mjs';
import { progress, table } from './table.mjs';
import { compareTrainings, DREAMBOOTH, INVERSION } from './trainings.mjs';

const options = readOptions();
const scratch = options.keep ?? mkdtempSync(join(tmpdir(), 'sweetspot-parity-'));
mkdirSync(scratch, { recursive: true });
try {
  console.log(`seed ${options.seed} (--seed ${options.seed} makes the same folders, photos and settings)`);
  const { python: interpreter, seed, cases: kinds, count, steps } = options;
  await python(interpreter, 'make_cases.py', [seed, scratch, kinds.join(','), count, steps].map(String));
  const cases = JSON.parse(readFileSync(join(scratch, 'cases.json'), 'utf8'));
  const placed = each => ({
    ...each,
    output: join(scratch, 'out', each.name.replaceAll(' ', '-')),
    threads: options.threads,
  });
  const say = row => console.log(progress(row));
  const pictures = await (cases.pictures.length === 0
    ? []
    : comparePictures(interpreter, cases.pictures.map(placed), say));
  const { script, inversionScript } = options;
  const trained = await compareTrainings(interpreter, DREAMBOOTH, script, cases.trainings.map(placed), say);
  const words = cases.inversions.map(placed);
  const inverted = await compareTrainings(interpreter, INVERSION, inversionScript, words, say);
  const rows = [...pictures, ...trained, ...inverted];
  const versions = { ...cases.versions, node: process.versions.node };
  if (options.output) writeFileSync(options.output, `${JSON.stringify({ seed, versions, rows }, null, 1)}\n`);
  report(rows, versions);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  if (!options.keep) rmSync(scratch, { recursive: true, force: true });
}

function report(rows, versions) {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`\n${named.join(', ')}\n\n${table(rows)}\n`);
  const compared = rows.filter(row => row.refusal === undefined).length;
  const bad = rows.filter(row => row.verdict === 'DIFFERENT' || row.verdict === 'FAILED');
  console.log(`${compared} of ${rows.length} cases compared, ${bad.length} disagree`);
  if (bad.length > 0 || compared === 0) process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      python: { type: 'string' },
      'train-script': { type: 'string' },
      'inversion-script': { type: 'string' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      cases: { type: 'string', default: 'sample,train' },
      count: { type: 'string', default: '2' },
      steps: { type: 'string', default: '50' },
      threads: { type: 'string', default: '1' },
      output: { type: 'string' },
      keep: { type: 'string' },
    },
  });
  const kinds = values.cases.split(',');
  const unknown = kinds.find(kind => !['sample', 'train', 'invert'].includes(kind));
  if (unknown !== undefined) fail(`--cases: sample, train and invert, not ${unknown}`);
  if (values.python === undefined)
    fail('--python: the interpreter of an environment with diffusers is needed');
  if (kinds.includes('train') && values['train-script'] === undefined) {
    fail("--train-script: the path of diffusers' examples/dreambooth/train_dreambooth.py is needed");
  }
  if (kinds.includes('invert') && values['inversion-script'] === undefined) {
    fail(
      "--inversion-script: the path of diffusers' examples/textual_inversion/textual_inversion.py is needed",
    );
  }
  const scripts = [
    ...(kinds.includes('train') ? [values['train-script']] : []),
    ...(kinds.includes('invert') ? [values['inversion-script']] : []),
  ];
  for (const path of [BIN, ...scripts]) {
    if (!existsSync(path)) fail(`${path}: no such file${path === BIN ? '; npm run build makes it' : ''}`);
  }
  const whole = name => {
    const number = Number(values[name]);
    if (!Number.isSafeInteger(number) || number < (name === 'seed' ? 0 : 1)) {
      fail(`--${name}: a whole number, not ${values[name]}`);
    }
    return number;
  };
  return {
    python: /[\\/]/.test(values.python) ? resolve(values.python) : values.python, // a bare name is looked up in PATH
    script: resolve(values['train-script'] ?? ''),
    inversionScript: resolve(values['inversion-script'] ?? ''),
    seed: whole('seed'),
    cases: kinds,
    count: whole('count'),
    steps: whole('steps'),
    threads: whole('threads'),
    output: values.output === undefined ? undefined : resolve(values.output),
    keep: values.keep === undefined ? undefined : resolve(values.keep),
  };
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

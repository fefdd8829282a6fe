// npm run test:kill-quickstart [KILLS] [SEED] [options of `run`, such as -S train.max_train_steps=4,8]: `sweetspot run` on the quick sweep, killed with `kill -9` at random moments
// and run again each time, has to end with the pictures and weights of an undisturbed run.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '..');
const [killsGiven, seedGiven, ...options] = process.argv.slice(2);
const kills = Number(killsGiven ?? 10);
let seed = Number(seedGiven ?? Math.floor(Math.random() * 100_000));
console.log(`${kills} kills, seed ${seed}`);

/** mulberry32 (Tommy Ettinger, public domain): a number in [0, 1). */
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const start = workspace =>
  spawn(
    process.execPath,
    [
      join(root, 'dist/cli/main.js'),
      'run',
      join(root, 'sweeps/quickstart.yaml'),
      '-y',
      '--workspace',
      workspace,
      ...options,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );

async function toEnd(workspace) {
  const [code] = await once(start(workspace), 'close');
  if (code !== 0) throw new Error(`the run ended with ${code}`);
}

/** SHA-256 of every file of every stage but the manifests, which hold times. */
function resultsOf(workspace) {
  const stages = join(workspace, '.sweetspot/stages');
  return new Map(
    readdirSync(stages, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name !== 'manifest.json')
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => [
        path.slice(stages.length + 1),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

const [calm, killed] = ['calm', 'killed'].map(name => mkdtempSync(join(tmpdir(), `sweetspot-${name}-`)));
try {
  const began = Date.now();
  await toEnd(calm);
  const seconds = (Date.now() - began) / 1000;
  console.log(`undisturbed: ${seconds.toFixed(0)} s`);
  let done = 0;
  while (done < kills) {
    const run = start(killed);
    const ended = once(run, 'close');
    const moment = (random() * seconds) / (kills * 0.6);
    await Promise.race([sleep(moment * 1000), ended]);
    if (run.exitCode !== null) break;
    run.kill('SIGKILL');
    await ended;
    done += 1;
    console.log(`kill ${done}: after ${moment.toFixed(1)} s`);
  }
  await toEnd(killed);
  const [wanted, got] = [resultsOf(calm), resultsOf(killed)];
  const names = [...new Set([...wanted.keys(), ...got.keys()])];
  const wrong = names.filter(name => wanted.get(name) !== got.get(name));
  const pictures = names.filter(name => name.endsWith('.png')).length;
  const left = readdirSync(join(killed, '.sweetspot/stages')).filter(name => name.includes('.partial'));
  console.log(
    `killed ${done} times with kill -9: ${pictures} pictures, ${names.length} files, ${wrong.length} different, ${left.length} left over`,
  );
  for (const name of wrong) console.log(`  ${name}`);
  process.exitCode = done === kills && wrong.length === 0 && left.length === 0 ? 0 : 1;
} finally {
  for (const dir of [calm, killed]) rmSync(dir, { recursive: true, force: true });
}

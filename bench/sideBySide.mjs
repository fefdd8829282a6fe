// Variants of one piece of work as processes that live side by side and take turns, so that a noisy machine is equally
// unfair to all: our kernels, the composed ones, native TensorFlow, and PyTorch where a Python with torch and diffusers is given.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hasNative } from '../dist/compute/tensorflow/startTensorflow.js';

const here = path.dirname(fileURLToPath(import.meta.url));

/** Of what runs on native TensorFlow, how. */
const COMPILE = { tensorflow: 'off', graph: 'on', xla: 'xla' };

/**
 * What our workers can run on: both kinds of wasm kernels, and where it is installed native TensorFlow, op by op, as graphs and,
 * if that is wanted, as graphs that XLA compiles.
 */
export async function ourKernels({ xla = false } = {}) {
  const native = (await hasNative()) ? Object.keys(COMPILE) : [];
  return ['composed', 'own', ...native.filter(name => name !== 'xla' || xla)];
}

/** A worker file that answers `step` with `{ms, cpuMs, version, ...}`, on these kernels. */
export function startOwn(worker, kernels, args, threads) {
  const child = fork(path.join(here, worker), [...args, threads].map(String), {
    env: {
      ...process.env,
      SWEETSPOT_KERNELS: kernels,
      SWEETSPOT_BACKEND: kernels in COMPILE ? 'tensorflow' : 'wasm',
      SWEETSPOT_COMPILE: COMPILE[kernels] ?? 'off',
    },
  });
  child.once('exit', code => code && process.exit(code));
  const ask = async question => {
    child.send(question);
    return (await once(child, 'message'))[0];
  };
  return {
    kernels,
    threads,
    step: () => ask('step'),
    profile: () => ask('profile'),
    end: () => child.send('end'),
  };
}

/** A Python script that prints the same as JSON for every line on its input; `python` is a program or a venv. */
export function startTorch(script, python, args, threads) {
  const inVenv = path.join(python, 'bin/python');
  const program = existsSync(inVenv) ? inVenv : python;
  const child = spawn(program, [path.join(here, script), ...args, threads].map(String), {
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.once('error', error => {
    console.error(`${program}: ${error.message}; --python wants a Python program or its virtual environment`);
    process.exit(2);
  });
  child.once('exit', code => code && process.exit(code));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const step = async () => {
    child.stdin.write('step\n');
    return JSON.parse((await lines.next()).value);
  };
  return { kernels: 'pytorch', threads, step, end: () => child.stdin.end() };
}

/** All variants take `rounds` turns after some to warm up; each gets `times`, `cpuTimes` and every `answer`. */
export async function takeTurns(variants, rounds, warmUp) {
  for (const variant of variants) Object.assign(variant, { times: [], cpuTimes: [], answers: [] });
  for (let round = -warmUp; round < rounds; round++) {
    for (const variant of variants) {
      const answer = await variant.step();
      variant.version = answer.version;
      variant.answers.push(answer);
      if (round < 0) continue;
      variant.times.push(answer.ms);
      variant.cpuTimes.push(answer.cpuMs);
    }
  }
}

export const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

export const machine = () => ({
  node: process.version,
  cpu: os.cpus()[0]?.model,
  cores: os.availableParallelism(),
  loadAverage: os.loadavg()[0],
});

// The native part of bench/memory.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findNative } from '../dist/native/findNative.js';

const WORKER = fileURLToPath(new URL('memory-native-worker.mjs', import.meta.url));
const MB = 2 ** 20;
/** Freed memory goes back at once, so that what a process has is what it uses. */
const ENV = {
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_ARENA_MAX: '1',
  // oneDNN comes with an allocator of its own, which keeps what it has: the process would say nothing about a step.
  TF_ENABLE_ONEDNN_OPTS: '0',
};

/** One row a combination; null where native TensorFlow is not installed. */
export async function runNative({ batch, size, rounds, threads }) {
  if (!(await findNative()).some(({ problem }) => problem === null)) {
    console.log('native TensorFlow is not installed (sweetspot backend install): no table of it');
    return null;
  }
  const rows = [];
  for (const eightBits of [false, true]) {
    for (const precision of ['float32', 'bfloat16', 'float16']) {
      for (const checkpointing of [false, true]) {
        const setup = { batch, size, rounds, threads, checkpointing, precision, eightBits };
        const output = execFileSync(process.execPath, [WORKER, JSON.stringify(setup)], {
          env: { ...process.env, ...ENV },
          encoding: 'utf8',
        });
        rows.push({ ...setup, ...JSON.parse(output.trim().split('\n').at(-1)) });
      }
    }
  }
  return rows;
}

export function printNative(rows) {
  const [{ batch, size, threads }] = rows;
  console.log(`\nnative TensorFlow, latents ${batch} x ${size} x ${size}, threads ${threads}`);
  console.log('precision  checkpointing  Adam     gradients MB  update MB  moments MB  median ms  loss');
  for (const row of rows)
    console.log(
      row.precision.padEnd(11) +
        (row.checkpointing ? 'yes' : 'no').padEnd(15) +
        (row.eightBits ? '8 bits' : '32 bits').padEnd(8) +
        (row.gradientsPeak / MB).toFixed(1).padStart(13) +
        (row.updatePeak / MB).toFixed(1).padStart(11) +
        (row.momentBytes / MB).toFixed(1).padStart(12) +
        row.medianMs.toFixed(0).padStart(11) +
        `  ${row.loss}`,
    );
}

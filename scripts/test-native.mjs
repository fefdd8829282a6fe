// The tests that hold the native backend to the recorded references: the same files as for wasm, on native TensorFlow.
import { spawnSync } from 'node:child_process';
import { findNative } from '../dist/native/findNative.js';

const FILES = [
  'test/compute/ops',
  'test/compute/gradients.test.ts',
  'test/compute/graph',
  'test/compute/optimizer',
  'test/compute/tensorflow',
  'test/diffusion/models/networks.test.ts',
  'test/diffusion/textToImage.test.ts',
  'test/diffusion/textToImageBehaviour.test.ts',
  'test/trainer/parity.test.ts',
  'test/trainer/inversionParity.test.ts',
  'test/trainer/resume.test.ts',
  'test/trainer/options.test.ts',
  'test/trainer/mixedPrecision.test.ts',
];

const found = await findNative();
if (!found.some(({ problem }) => problem === null)) {
  console.log('SKIPPED: the native tests (native TensorFlow is not installed: sweetspot backend install)');
  process.exit(0);
}
const env = { ...process.env, SWEETSPOT_BACKEND: 'tensorflow', SWEETSPOT_SKIP_BUILD: '1' };
const files = process.argv.length > 2 ? process.argv.slice(2) : FILES;
// For every shape of batch, and again after every change of shape, TensorFlow optimizes the whole graph of a training: seconds
// each, and a minute where the machine has other work. A test of three trainings with two shapes outlasts the usual limit.
const limit = `--testTimeout=${20 * 60_000}`;
const { status } = spawnSync('npx', ['vitest', 'run', limit, ...files], { stdio: 'inherit', env });
process.exit(status ?? 1);

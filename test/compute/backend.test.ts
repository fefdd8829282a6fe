import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import ts from 'typescript';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BackendName, initBackend } from '../../src/compute/backend.ts';
import { isWasmBackend } from '../../src/compute/wasm/wasmBackend.ts';
import { SweetspotError } from '../../src/core/errors.ts';

afterEach(async () => {
  (await initBackend({ name: 'cpu' })).dispose();
});

describe('initBackend', () => {
  it('starts wasm with as many threads as asked for, at most 8', async () => {
    expect(await initBackend({ name: 'wasm', threads: 3 })).toMatchObject({ name: 'wasm', threads: 3 });
    const usual = await initBackend();
    expect(usual).toMatchObject({ name: 'wasm', threads: Math.min(8, os.availableParallelism()) });
    expect(tf.getBackend()).toBe('wasm');
  });

  it('gives the running backend when asked for the same again, and replaces it otherwise', async () => {
    const first = await initBackend({ name: 'wasm', threads: 1 });
    const x = tf.ones([3]);
    expect(await initBackend({ name: 'wasm', threads: 1 })).toBe(first);
    expect(Array.from(x.dataSync())).toEqual([1, 1, 1]);
    const second = await initBackend({ name: 'cpu' });
    expect(second).toMatchObject({ name: 'cpu', threads: 1 });
    expect(tf.getBackend()).toBe('cpu');
    first.dispose();
    expect(Array.from(tf.ones([2]).dataSync())).toEqual([1, 1]);
  });

  it.each([0, -1, 1.5, 9, Number.NaN])('refuses %d threads', async threads => {
    await expect(initBackend({ name: 'wasm', threads })).rejects.toThrow(
      /number of threads; expected 1 to 8/,
    );
  });

  it('refuses a backend it does not know', async () => {
    const error = await initBackend({ name: 'webgl' as BackendName }).catch(e => e as unknown);
    expect(error).toBeInstanceOf(SweetspotError);
    expect(error).toMatchObject({ code: 'E_BACKEND', exitCode: 6 });
  });

  it('says nothing, leaves no files and adds no handlers to the process', async () => {
    const warn = vi.spyOn(console, 'warn');
    const log = vi.spyOn(console, 'log');
    const handlers = () => ['uncaughtException', 'unhandledRejection'].map(e => process.listenerCount(e));
    const cpus = os.cpus().length;
    const files = () => readdirSync(os.tmpdir()).filter(name => /tfjs|wasm/.test(name));
    const [filesBefore, handlersBefore] = [files(), handlers()];
    for (const name of ['wasm', 'cpu'] as const) {
      await initBackend({ name, threads: 2 });
      tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
    }
    expect([warn.mock.calls, log.mock.calls]).toEqual([[], []]); // biome-ignore format: pair
    expect([files(), handlers()]).toEqual([filesBefore, handlersBefore]);
    expect(os.cpus().length).toBe(cpus);
    vi.restoreAllMocks();
  });

  it('uses several threads and gives the same numbers with them', async () => {
    const run = async (threads: number): Promise<number[]> => {
      await initBackend({ name: 'wasm', threads });
      return tf.tidy(() => {
        const a = tf.randomNormal([64, 96], 0, 1, 'float32', 1) as tf.Tensor2D;
        const b = tf.randomNormal([96, 80], 0, 1, 'float32', 2) as tf.Tensor2D;
        return Array.from(tf.matMul(a, b).dataSync());
      });
    };
    expect(await run(2)).toEqual(await run(1));
  });

  it('refuses a tensor that does not fit the heap, and goes on with what was there', async () => {
    await initBackend({ name: 'wasm', threads: 1 });
    const backend = tf.backend();
    if (!isWasmBackend(backend)) throw new Error('not wasm');
    const small = tf.tensor1d([1, 2, 3]);
    const { numTensors, numDataBuffers } = tf.memory();
    // The heap ends at 4 GiB; nothing of this is ever written, so it costs no memory.
    const error = (() => {
      try {
        return backend.makeOutput([1, 2 ** 30 - 2 ** 10], 'float32');
      } catch (e) {
        return e;
      }
    })();
    expect(error).toMatchObject({ code: 'E_OUT_OF_MEMORY' });
    expect(Array.from(tf.tidy(() => tf.add(small, 1).dataSync()))).toEqual([2, 3, 4]);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    small.dispose();
  });
});

/** Translates the sources into `folder`, where a plain Node process can load them. */
function translateSources(folder: string): void {
  const root = path.join(import.meta.dirname, '../..');
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
    rewriteRelativeImportExtensions: true,
  };
  for (const part of ['src/core', 'src/native', 'src/compute']) {
    for (const file of readdirSync(path.join(root, part), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const target = path.join(folder, part, file.replace(/ts$/, 'js'));
      mkdirSync(path.dirname(target), { recursive: true });
      const source = readFileSync(path.join(root, part, file), 'utf8');
      writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText);
    }
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
}

/** What the build makes of the kernels; in a folder without it the backend has to do with the composed ones. */
function copyKernels(folder: string): void {
  const own = 'dist/compute/wasm/own';
  mkdirSync(path.join(folder, own), { recursive: true });
  for (const file of ['dist/compute/wasm/kernels.wasm', `${own}/kernelThread.js`, `${own}/poolProtocol.js`])
    copyFileSync(path.join(import.meta.dirname, '../..', file), path.join(folder, file));
}

describe.each<[string, boolean]>([
  ['our kernels', true],
  ['only composed kernels', false],
])('a process that uses the backend with %s', (_, built) => {
  it('prints nothing, ends by itself, and dies of its own errors as any other', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sweetspot-backend-'));
    try {
      translateSources(folder);
      if (built) copyKernels(folder);
      const kernels = built ? 'own' : 'composed';
      const warning = built ? 'warning === null' : '/could not be loaded/.test(warning)';
      const run = (last: string) => {
        const script = `import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from './src/compute/backend.js';
const { kernels, warning } = await initBackend({ name: 'wasm', threads: 2 });
if (kernels !== '${kernels}' || !(${warning})) process.exitCode = 8;
if (tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync()[0] !== 64) process.exitCode = 9;
${last}`;
        writeFileSync(path.join(folder, 'main.js'), script);
        const env = { ...process.env, SWEETSPOT_KERNELS: '' };
        const options = { cwd: folder, env, encoding: 'utf8', timeout: 60_000 } as const;
        return spawnSync(process.execPath, ['main.js'], options);
      };
      expect(run('')).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const failed = run("setTimeout(() => { throw new Error('mine'); }, 1);");
      expect(failed.status).toBe(1);
      expect(failed.stderr).toContain('Error: mine');
      // Not a page of somebody's minified source.
      expect(failed.stderr.length).toBeLessThan(2000);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadNative } from '../../../src/compute/tensorflow/loadNative.ts';
import { tempDir } from '../../support/tmp.ts';

const require = createRequire(import.meta.url);

/** A package laid out as tfjs-node's, with the files that are loaded, and a union package of its own. */
function fakePackage(): { packageDir: string; addon: string; union: string } {
  const packageDir = tempDir();
  const write = (path: string, text: string): string => {
    const file = join(packageDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  write('package.json', '{"name":"@tensorflow/tfjs-node-gpu","version":"4.22.0"}');
  const stranger = 'exports.registerKernel = () => { throw new Error("a second engine") };';
  const union = write('node_modules/@tensorflow/tfjs/index.js', stranger);
  write('node_modules/@tensorflow/tfjs-core/index.js', stranger);
  write('dist/proto/api_pb.js', 'require("google-protobuf-that-is-not-there");');
  write(
    'dist/register_all_kernels.js',
    `const tf = require('@tensorflow/tfjs'), core = require('@tensorflow/tfjs-core');
if (tf !== core) throw new Error('two of them');
tf.registerKernel({kernelName: 'FakeNative', backendName: 'tensorflow', kernelFunc: () => []});`,
  );
  write(
    'dist/nodejs_kernel_backend.js',
    `require('./proto/api_pb');
const util = require('util');
exports.NodeJSKernelBackend = class { constructor(binding, name) {
  this.binding = binding; this.name = name; this.same = util.isNullOrUndefined(null) && util.isArray([]);
} };`,
  );
  return { packageDir, addon: write('lib/napi-v8/addon.cjs', 'exports.TF_Version = "fake";'), union };
}

describe('loadNative', () => {
  it("gives tfjs-node's files our own tfjs-core, and Node's cache back as it was", () => {
    const { union, ...files } = fakePackage();
    const create = loadNative(files);
    expect(tf.getKernel('FakeNative', 'tensorflow')).toBeDefined();
    tf.unregisterKernel('FakeNative', 'tensorflow');
    expect(create()).toMatchObject({ binding: { TF_Version: 'fake' }, same: true });
    expect(require.cache[union]).toBeUndefined();
  });

  it('fails with what the linker says, and leaves nothing in the cache', () => {
    const { packageDir, union } = fakePackage();
    const addon = join(packageDir, 'lib', 'broken.node');
    writeFileSync(addon, 'no library');
    expect(() => loadNative({ packageDir, addon })).toThrow(/broken\.node/);
    expect(require.cache[union]).toBeUndefined();
  });
});

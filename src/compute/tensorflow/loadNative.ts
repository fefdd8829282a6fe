import { createRequire, Module } from 'node:module';
import { join } from 'node:path';
import { CORE_PACKAGES } from '../../native/nativeVersions.ts';
import type { NativeBackend, NativeBinding } from './nativeBackend.ts';

/** Where tfjs-node's JavaScript and its compiled addon lie. */
export interface NativeFiles {
  packageDir: string;
  addon: string;
}

interface BackendModule {
  NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => NativeBackend;
}

const require = createRequire(import.meta.url);

/**
 * Loads tfjs-node's kernels and backend class from its package without running the package's own entry, and makes them
 * use *our* tfjs-core: they ask for the union package `@tensorflow/tfjs`, which would bring a second engine with its own
 * tensors, tape and kernels. For that request, Node's module cache holds our core while the files are loaded. Of the
 * union package they use nothing but core; the protobuf messages are for TensorBoard alone and stay out as well.
 *
 * @returns a function that makes the backend; fails with whatever the linker or Node says
 */
export function loadNative({ packageDir, addon }: NativeFiles): () => NativeBackend {
  replaceUtilities();
  const binding = require(addon) as NativeBinding;
  const own = createRequire(join(packageDir, 'dist', 'index.js'));
  const core = require('@tensorflow/tfjs-core') as object;
  const restore = [
    ...CORE_PACKAGES.map(name => standIn(own.resolve(name), core)),
    standIn(join(packageDir, 'dist', 'proto', 'api_pb.js'), {}),
  ];
  try {
    own('./register_all_kernels');
    const { NodeJSKernelBackend } = own('./nodejs_kernel_backend') as BackendModule;
    return () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  } finally {
    for (const undo of restore) undo();
  }
}

/** Lets `require` of this file give `exports`; the returned function ends that. */
function standIn(file: string, exports: object): () => void {
  const before = require.cache[file];
  require.cache[file] = Object.assign(new Module(file), { exports, filename: file, loaded: true });
  return () => {
    if (before) require.cache[file] = before;
    else delete require.cache[file];
  };
}

/** tfjs-node 4.22 calls two functions of node:util that newer versions of Node warn of, and Node 23 has removed. */
function replaceUtilities(): void {
  const util = require('node:util') as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

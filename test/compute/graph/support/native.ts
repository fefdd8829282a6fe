import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { initBackend } from '../../../../src/compute/backend.ts';
import type { GraphValue } from '../../../../src/compute/graph/graphNode.ts';
import { LoadedGraph } from '../../../../src/compute/graph/loadedGraph.ts';
import { writeGraph } from '../../../../src/compute/graph/writeGraph.ts';
import type { NativeBackend } from '../../../../src/compute/tensorflow/nativeBackend.ts';
import { isNative } from '../../../support/backends.ts';
import { tempDir } from '../../../support/tmp.ts';

/** Tests that need native TensorFlow; without it they are skipped, by name. */
export function describeNative(what: string, tests: () => void): void {
  describe.skipIf(!isNative)(`${what} (native TensorFlow)`, () => {
    beforeAll(async () => {
      await initBackend({ name: 'tensorflow', threads: 1 });
    });
    afterAll(async () => {
      (await initBackend({ name: 'tensorflow' })).dispose();
    });
    tests();
  });
}

export const nativeBackend = (): NativeBackend => tf.backend() as NativeBackend;

/** Keeps the graphs that the running test makes in a folder of its own. */
export function ownGraphCache(): string {
  const before = process.env.XDG_CACHE_HOME;
  const folder = tempDir();
  process.env.XDG_CACHE_HOME = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });
  return join(folder, 'sweetspot', 'graphs');
}

/** Runs a graph that has neither inputs nor variables: its outputs, by name. */
export function runValues(outputs: ReadonlyMap<string, GraphValue>) {
  const signatures = new Map([['call', { inputs: new Map<string, GraphValue>(), outputs, updates: [] }]]);
  const { bytes, layout } = writeGraph({ variables: [], signatures });
  const dir = tempDir();
  mkdirSync(join(dir, 'variables'));
  writeFileSync(join(dir, 'saved_model.pb'), bytes);
  const graph = new LoadedGraph(nativeBackend(), dir, layout);
  const tensors = graph.run('call', {});
  const results = Object.entries(tensors).map(([name, tensor]) => {
    const { shape, dtype } = tensor;
    return [name, { shape, dtype, data: Array.from(tensor.dataSync()) }] as const;
  });
  tf.dispose(tensors);
  graph.dispose();
  return Object.fromEntries(results);
}

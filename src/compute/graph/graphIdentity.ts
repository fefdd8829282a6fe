import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../tensorflow/nativeBackend.ts';
import { graphBranches } from '../tensorflow/startTensorflow.ts';
import { codeDigest } from './codeDigest.ts';

/** What a cached graph is known by: what it computes, and the code and libraries that wrote it down. */
export const graphIdentity = (backend: NativeBackend, content: unknown, xla: boolean) => ({
  // Without undefined members, which have no canonical JSON.
  content: JSON.parse(JSON.stringify(content)) as unknown,
  code: codeDigest(),
  tfjs: tf.version_core,
  tensorflow: backend.binding.TF_Version,
  device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
  xla,
  branches: graphBranches(backend),
});

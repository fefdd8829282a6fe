import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';

/** What a manifest notes of the software below the worker. */
export const versions = (): Record<string, string> => ({
  node: process.versions.node,
  v8: process.versions.v8,
  tfjs: tfjsVersion,
  platform: `${process.platform}-${process.arch}`,
});

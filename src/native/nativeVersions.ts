/**
 * What a native backend is made of. All three are pinned: the addon's sources, the library under it, and the interface
 * to Node that the addon is compiled against (N-API 8 is in Node 16 and later, so one addon serves every Node we run on).
 */
export const TFJS_NODE_VERSION = '4.22.0';
export const TENSORFLOW_VERSION = '2.21.0';
export const NAPI_VERSION = 8;

/** The library as the CPU wheel or the CUDA wheel has it. */
export type NativeVariant = 'cpu' | 'cuda';

/** What tfjs-node's files ask for where they mean tfjs-core; they get ours, and an installation holds empty packages of these names. */
export const CORE_PACKAGES = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];

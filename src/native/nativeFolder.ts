import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { NAPI_VERSION, type NativeVariant, TENSORFLOW_VERSION, TFJS_NODE_VERSION } from './nativeVersions.ts';

/** What the user keeps with this program beyond one workspace: SWEETSPOT_DATA_DIR, else below XDG_DATA_HOME or ~/.local/share. */
export function dataFolder(): string {
  const own = process.env.SWEETSPOT_DATA_DIR;
  if (own) return resolve(own);
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'sweetspot');
}

/** The folder of installed native backends; each has one of its own, so that versions live side by side. */
export const backendsFolder = (): string => join(dataFolder(), 'backends');

/** Where downloads are kept until an installation is complete; what is there and whole is not fetched again. */
export const downloadsFolder = (): string => join(dataFolder(), 'downloads');

/** An installation's folder; everything that makes two of them incompatible is in its name. */
export function nativeFolder(variant: NativeVariant): string {
  const name = [
    `tensorflow-${TENSORFLOW_VERSION}-${variant}`,
    `tfjs-${TFJS_NODE_VERSION}`,
    `napi${NAPI_VERSION}`,
    `${process.platform}-${process.arch}`,
  ].join('_');
  return join(backendsFolder(), name);
}

/** tfjs' package inside an installation. */
export const packageIn = (folder: string): string => join(folder, 'tfjs-node-gpu');

/** The compiled addon inside tfjs' package, where that package itself would look for it. */
export const addonIn = (packageDir: string): string =>
  join(packageDir, 'lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node');

/** What the wheels hold, laid out as Python has it: TensorFlow looks for the CUDA libraries beside itself. */
export const librariesIn = (folder: string): string => join(folder, 'site-packages');

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SweetspotError } from '../../core/errors.ts';
import { makeFolder } from '../../core/makeFolder.ts';
import { addonIn, librariesIn, packageIn } from '../nativeFolder.ts';
import { NAPI_VERSION } from '../nativeVersions.ts';
import { lastLines, runTool } from './runTool.ts';

/** Our declarations of the part of TensorFlow's C interface that the addon uses. */
const HEADERS = fileURLToPath(new URL('../../../native-headers', import.meta.url));

/** The libraries with the C interface, inside the wheel's `tensorflow` folder. */
export const TENSORFLOW_LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/**
 * Compiles tfjs-node's addon in an installation's folder and links it to the libraries there. It finds them by a path
 * relative to itself, so the folder may be moved; the path is one that also holds for what TensorFlow itself loads later
 * (DT_RPATH, hence --disable-new-dtags), the CUDA libraries.
 *
 * @throws E_BACKEND without a compiler, or with what it says
 */
export async function compileAddon(folder: string, nodeHeaders: string, signal: AbortSignal): Promise<void> {
  const compiler = process.env.CXX || 'g++';
  const packageDir = packageIn(folder);
  const addon = addonIn(packageDir);
  const libraries = join(librariesIn(folder), 'tensorflow');
  makeFolder(dirname(addon));
  const fromAddon = (path: string): string => `$ORIGIN/${relative(dirname(addon), path)}`;
  const searched = [libraries, ...cudaFolders(folder)].map(fromAddon).join(':');
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared'],
    ...[`-DNAPI_VERSION=${NAPI_VERSION}`, '-DBUILDING_NODE_EXTENSION'],
    ...[`-I${nodeHeaders}`, `-I${HEADERS}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(file => join(packageDir, 'binding', file)),
    ...['-o', addon],
    ...TENSORFLOW_LIBRARIES.map(file => join(libraries, file)),
    // -z now: a function that the library lacks shows when the addon is loaded, not when it is called.
    ...['-Wl,-z,now', '-Wl,--disable-new-dtags', `-Wl,-rpath,${searched}`],
  ];
  const end = await runTool(compiler, args, { signal });
  if (end.code === 0 && existsSync(addon)) return;
  if (end.code === null) {
    throw new SweetspotError('E_BACKEND', 'no C++ compiler was found, which the addon is compiled with', {
      got: compiler,
      hint: 'Install one (Debian: apt install g++), or name yours in CXX, and run this again',
    });
  }
  throw new SweetspotError('E_BACKEND', 'the addon could not be compiled', {
    place: compiler,
    got: lastLines(end.output, 5),
  });
}

/** The library folders of the nvidia wheels; none in the CPU variant. */
function cudaFolders(folder: string): string[] {
  const nvidia = join(librariesIn(folder), 'nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map(part => join(nvidia, part, 'lib'))
    .filter(path => existsSync(path));
}

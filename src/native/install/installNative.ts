import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { writeFolderAtomic } from '../../core/folders.ts';
import { formatBytes } from '../../core/formatBytes.ts';
import { makeFolder } from '../../core/makeFolder.ts';
import { type InstallRecord, inspectInstall, recordInstall } from '../installRecord.ts';
import {
  addonIn,
  backendsFolder,
  downloadsFolder,
  librariesIn,
  nativeFolder,
  packageIn,
} from '../nativeFolder.ts';
import {
  CORE_PACKAGES,
  type NativeVariant,
  TENSORFLOW_VERSION,
  TFJS_NODE_VERSION,
} from '../nativeVersions.ts';
import { type Artefact, NODE_HEADERS, TFJS_NODE, wheelsOf } from './artefacts.ts';
import { compileAddon, TENSORFLOW_LIBRARIES } from './compileAddon.ts';
import { download } from './download.ts';
import { lastLines, runTool } from './runTool.ts';
import { unzip } from './unzip.ts';

export interface InstallOptions {
  variant: NativeVariant;
  /** A folder that may hold the files to fetch; null: none. */
  from: string | null;
  signal: AbortSignal;
  /** What is being done, for a line that is overwritten. */
  onProgress(text: string): void;
  /** A step that is done. */
  onStep(text: string): void;
  /** Trains on the backend in this package folder and on wasm; gives the greatest relative difference of a loss, or throws. */
  prove(packageDir: string): Promise<number>;
}

/** A folder of another installation that is younger than this may still be at work. */
const STALE_MS = 3_600_000;

/**
 * Installs a native backend into the user's data folder: fetches, checks, unpacks, compiles, and has it prove itself
 * before it counts. What is complete already is only checked, what is broken is made anew; at any failure or Ctrl-C what
 * was there before is there still.
 *
 * @returns its folder, and whether it was there already
 * @throws E_BACKEND with what is missing and how to get it; the signal's reason
 */
export async function installNative(options: InstallOptions): Promise<{ folder: string; isNew: boolean }> {
  const { variant, signal } = options;
  const wheels = wheelsOf(variant);
  const folder = nativeFolder(variant);
  options.onProgress('checking what is there');
  const before = await inspectInstall(folder, { thorough: true });
  if (before.state === 'complete') return { folder, isNew: false };
  if (before.state === 'damaged')
    options.onStep(`the installation is broken (${before.why}); making it anew`);
  removeLeftovers();
  const files: string[] = [];
  for (const artefact of [TFJS_NODE, NODE_HEADERS, ...wheels]) files.push(await fetchOne(artefact, options));
  const [tfjs = '', headers = '', ...wheelFiles] = files;
  await writeFolderAtomic(folder, async stage => {
    options.onProgress('unpacking');
    await untar(tfjs, packageIn(stage), signal);
    await standInForCore(packageIn(stage));
    const unpacked: string[] = [];
    for (const file of wheelFiles) {
      unpacked.push(...(await unzip(file, librariesIn(stage), isNeeded, signal)));
    }
    options.onStep(`unpacked ${unpacked.length} files`);
    options.onProgress('compiling the addon');
    await untar(headers, join(stage, 'node-api-headers'), signal);
    await compileAddon(stage, join(stage, 'node-api-headers', 'include'), signal);
    options.onStep('compiled the addon');
    options.onProgress('self-check: training on it and on wasm');
    const lossDifference = await options.prove(packageIn(stage));
    signal.throwIfAborted();
    await recordInstall(stage, recordOf(variant, lossDifference), [
      ...unpacked.map(path => join('site-packages', path)),
      ...loadedIn(stage),
    ]);
  });
  // The files are only needed to install; 300 MB to 3 GB of the user's disk are given back.
  for (const file of wheelFiles) rmSync(file, { force: true });
  return { folder, isNew: true };
}

const recordOf = (
  variant: NativeVariant,
  lossDifference: number,
): Omit<InstallRecord, 'files' | 'finishedAt'> => ({
  variant,
  tfjs: TFJS_NODE_VERSION,
  tensorflow: TENSORFLOW_VERSION,
  node: process.versions.node,
  lossDifference,
});

async function fetchOne(artefact: Artefact, options: InstallOptions): Promise<string> {
  const { spec, size } = artefact;
  const of = formatBytes(size);
  options.onProgress(`fetching ${spec} (${of})`);
  const path = await download(artefact, {
    folder: downloadsFolder(),
    from: options.from,
    signal: options.signal,
    onProgress: (_, bytes) => options.onProgress(`fetching ${spec}: ${formatBytes(bytes)} of ${of}`),
  });
  options.onStep(`fetched ${spec} (${of}, SHA-256 as pinned)`);
  return path;
}

/** Of the wheels: the library and its notices, and of NVIDIA's everything but what is for compiling. */
const isNeeded = (name: string): boolean =>
  TENSORFLOW_LIBRARIES.some(library => name === `tensorflow/${library}`) ||
  name === 'tensorflow/THIRD_PARTY_NOTICES.txt' ||
  /\.dist-info\/(licenses\/)?LICEN[CS]E[^/]*$/i.test(name) ||
  (name.startsWith('nvidia/') && !name.includes('/include/') && !/\.(py|a|h|hpp)$/.test(name));

/** Everything of tfjs' package that is loaded at run time. */
function loadedIn(stage: string): string[] {
  const packageDir = packageIn(stage);
  const scripts = readdirSync(join(packageDir, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.js') && !name.endsWith('_test.js'))
    .map(name => join(packageDir, 'dist', name));
  return [...scripts, join(packageDir, 'package.json'), addonIn(packageDir)].map(path =>
    path.slice(stage.length + 1),
  );
}

async function untar(archive: string, folder: string, signal: AbortSignal): Promise<void> {
  makeFolder(folder);
  const end = await runTool('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'], { signal });
  if (end.code === 0) return;
  throw new SweetspotError('E_BACKEND', 'tar could not unpack an archive', {
    place: archive,
    got: end.code === null ? 'there is no tar' : lastLines(end.output),
  });
}

/** tfjs-node resolves these names; what they give is put in their place when it is loaded. */
async function standInForCore(packageDir: string): Promise<void> {
  for (const name of CORE_PACKAGES) {
    const folder = join(packageDir, 'node_modules', name);
    await writeFileAtomic(
      join(folder, 'package.json'),
      `${JSON.stringify({ name, version: TFJS_NODE_VERSION, main: 'index.js' })}\n`,
    );
    await writeFileAtomic(
      join(folder, 'index.js'),
      `throw new Error('${name} is lent by sweetspot when it loads this package');\n`,
    );
  }
}

/** What installations that were killed have left behind. */
function removeLeftovers(): void {
  for (const parent of [backendsFolder(), downloadsFolder()]) {
    makeFolder(parent);
    for (const name of readdirSync(parent)) {
      const path = join(parent, name);
      const status = statSync(path, { throwIfNoEntry: false });
      if (name.endsWith('.partial') && status && Date.now() - status.mtimeMs > STALE_MS) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hasGpu } from './hasGpu.ts';
import { inspectInstall } from './installRecord.ts';
import { addonIn, nativeFolder, packageIn } from './nativeFolder.ts';
import { type NativeVariant, TFJS_NODE_VERSION } from './nativeVersions.ts';

/** A native TensorFlow that was found; to be loaded only without a problem. */
export interface NativeCandidate {
  /** `installed` by `sweetspot backend install`, or the `stock` npm package with the addon it came with. */
  source: 'installed' | 'stock';
  /** Null for a stock package: what its library can do shows when it is loaded. */
  variant: NativeVariant | null;
  /** The installation's folder; a stock package's own. */
  folder: string;
  /** tfjs-node's package folder, with its JavaScript. */
  packageDir: string;
  /** The compiled addon. */
  addon: string;
  /** Why it cannot be used; null if nothing speaks against it. */
  problem: string | null;
}

/** A package folder to load, and no other, although it is not recorded as complete: how one proves itself before it is. */
export const UNPROVED_VARIABLE = 'SWEETSPOT_UNPROVED_BACKEND';

const STOCK_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/**
 * Every native backend there is, the one to be preferred first: of the installed ones CUDA where there is a GPU, else
 * the CPU one; then a stock tfjs-node(-gpu) that this package or the current folder can resolve.
 */
export async function findNative({ thorough = false } = {}): Promise<NativeCandidate[]> {
  const unproved = process.env[UNPROVED_VARIABLE];
  if (unproved) return [stockIn(unproved)];
  const variants: NativeVariant[] = hasGpu() ? ['cuda', 'cpu'] : ['cpu', 'cuda'];
  const installed: NativeCandidate[] = [];
  for (const variant of variants) {
    const folder = nativeFolder(variant);
    const found = await inspectInstall(folder, { thorough });
    if (found.state === 'absent') continue;
    const problem =
      found.state === 'complete'
        ? null
        : found.state === 'damaged'
          ? found.why
          : 'its installation did not finish';
    installed.push({ ...candidateIn(folder, variant), problem });
  }
  return [...installed, ...findStock()];
}

/** What makes a candidate usable again, as a command line. */
export const repairLine = ({ variant }: NativeCandidate): string =>
  `sweetspot backend install${variant ? ` --${variant}` : ''}`;

function candidateIn(folder: string, variant: NativeVariant): NativeCandidate {
  const packageDir = packageIn(folder);
  return { source: 'installed', variant, folder, packageDir, addon: addonIn(packageDir), problem: null };
}

/** Stock packages, seen from this program and from the current folder. */
function findStock(): NativeCandidate[] {
  const found = new Map<string, NativeCandidate>();
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    for (const name of STOCK_PACKAGES) {
      const packageDir = resolvePackage(name, from);
      if (packageDir !== undefined && !found.has(packageDir)) found.set(packageDir, stockIn(packageDir));
    }
  }
  return [...found.values()];
}

function stockIn(packageDir: string): NativeCandidate {
  const addon = findAddon(packageDir);
  const version = versionOf(packageDir);
  const problem =
    version !== TFJS_NODE_VERSION
      ? `it is version ${version}, not ${TFJS_NODE_VERSION}`
      : addon === undefined
        ? 'its addon was never compiled or downloaded'
        : null;
  return {
    source: 'stock',
    variant: null,
    folder: packageDir,
    packageDir,
    addon: addon ?? addonIn(packageDir),
    problem,
  };
}

function resolvePackage(name: string, from: string): string | undefined {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function findAddon(packageDir: string): string | undefined {
  const lib = join(packageDir, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .filter(name => /^napi-v\d+$/.test(name))
    .sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)))
    .map(name => join(lib, name, 'tfjs_binding.node'))
    .find(path => existsSync(path));
}

function versionOf(packageDir: string): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    version?: string;
  };
  return version ?? 'unknown';
}

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { librariesIn } from './nativeFolder.ts';

/** A library that TensorFlow opens to compute on a GPU. */
export interface GpuLibrary {
  /** The beginning of its file's name. */
  name: string;
  /** Where it was found; null if nowhere. */
  path: string | null;
}

/** The driver's library; it comes with the driver and with nothing else. */
export const DRIVER_LIBRARY = 'libcuda.so';

/** CUDA's parts, which the nvidia wheels bring. */
export const CUDA_LIBRARIES = [
  'libcudart.so',
  'libcublas.so',
  'libcudnn.so',
  'libcufft.so',
  'libcusolver.so',
  'libcusparse.so',
  'libnccl.so',
  'libnvJitLink.so',
];

/** Where a driver's library lies that the linker's cache does not know (WSL 2). */
const MORE_FOLDERS = ['/usr/lib/wsl/lib', '/usr/local/cuda/lib64'];

/** Looks for libraries in an installation's wheels, in LD_LIBRARY_PATH and in the system. */
export async function findGpuLibraries(
  names: readonly string[],
  folder: string | null,
): Promise<GpuLibrary[]> {
  const cache = await linkerCache();
  const folders = [
    ...(folder === null ? [] : wheelFolders(folder)),
    ...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean),
    ...MORE_FOLDERS,
  ];
  return names.map(name => ({
    name,
    path: inFolders(name, folders) ?? cache.find(path => path.includes(`/${name}`)) ?? null,
  }));
}

function wheelFolders(folder: string): string[] {
  const nvidia = join(librariesIn(folder), 'nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia).map(part => join(nvidia, part, 'lib'));
}

function inFolders(name: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const file = existsSync(folder) && readdirSync(folder).find(entry => entry.startsWith(name));
    if (file) return join(folder, file);
  }
  return undefined;
}

async function linkerCache(): Promise<string[]> {
  for (const command of ['ldconfig', '/sbin/ldconfig']) {
    try {
      const { stdout } = await promisify(execFile)(command, ['-p'], { timeout: 10_000 });
      return stdout.split('\n').flatMap(line => line.split(' => ')[1]?.trim() ?? []);
    } catch {
      // Not on this system, or not in PATH.
    }
  }
  return [];
}

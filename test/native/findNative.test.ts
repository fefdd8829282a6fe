import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findNative, repairLine } from '../../src/native/findNative.ts';
import { recordInstall } from '../../src/native/installRecord.ts';
import { addonIn, nativeFolder, packageIn } from '../../src/native/nativeFolder.ts';
import type { NativeVariant } from '../../src/native/nativeVersions.ts';
import { tempDir } from '../support/tmp.ts';

const FACTS = { tfjs: '4.22.0', tensorflow: '2.21.0', node: '20', lossDifference: 0 };

beforeEach(() => {
  vi.stubEnv('SWEETSPOT_DATA_DIR', tempDir());
  vi.stubEnv('SWEETSPOT_UNPROVED_BACKEND', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function installed(variant: NativeVariant): Promise<string> {
  const folder = nativeFolder(variant);
  const addon = addonIn(packageIn(folder));
  mkdirSync(join(addon, '..'), { recursive: true });
  writeFileSync(addon, variant);
  await recordInstall(folder, { ...FACTS, variant }, [addon.slice(folder.length + 1)]);
  return folder;
}

function stock(name: string, version: string, addon: boolean): string {
  const project = tempDir();
  const dir = join(project, 'node_modules', '@tensorflow', name);
  mkdirSync(join(dir, 'lib', 'napi-v8'), { recursive: true });
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: `@tensorflow/${name}`, version }));
  if (addon) writeFileSync(addonIn(dir), '');
  vi.spyOn(process, 'cwd').mockReturnValue(project);
  return dir;
}

describe('findNative', () => {
  it('finds nothing where nothing is', async () => {
    expect(await findNative()).toEqual([]);
  });

  it('keeps the folder of one version, variant and platform apart from all others', () => {
    expect(nativeFolder('cpu')).toMatch(/backends.tensorflow-2\.21\.0-cpu_tfjs-4\.22\.0_napi8_\w+-\w+$/);
    expect(nativeFolder('cuda')).not.toBe(nativeFolder('cpu'));
  });

  it('prefers the CPU one where there is no GPU', async () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '');
    await installed('cuda');
    await installed('cpu');
    expect((await findNative()).map(({ variant }) => variant)).toEqual(['cpu', 'cuda']);
  });

  it('says what speaks against a damaged one, and what mends it', async () => {
    const folder = await installed('cpu');
    writeFileSync(addonIn(packageIn(folder)), 'cut');
    writeFileSync(addonIn(packageIn(folder)), 'c');
    const [found] = await findNative();
    expect(found?.problem).toMatch(/1 bytes, not 3/);
    expect(found && repairLine(found)).toBe('sweetspot backend install --cpu');
  });

  it('takes a stock package of the current folder, after ours', async () => {
    const dir = stock('tfjs-node', '4.22.0', true);
    expect(await findNative()).toMatchObject([{ source: 'stock', packageDir: dir, problem: null }]);
    await installed('cpu');
    expect((await findNative()).map(({ source }) => source)).toEqual(['installed', 'stock']);
  });

  it('does not use a stock package of another version, or without its addon', async () => {
    stock('tfjs-node', '4.17.0', true);
    expect(await findNative()).toMatchObject([{ problem: 'it is version 4.17.0, not 4.22.0' }]);
    stock('tfjs-node-gpu', '4.22.0', false);
    expect(await findNative()).toMatchObject([{ problem: expect.stringMatching(/never compiled/) }]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { initBackend } from '../../src/compute/backend.ts';
import { recordInstall } from '../../src/native/installRecord.ts';
import { addonIn, nativeFolder, packageIn } from '../../src/native/nativeFolder.ts';
import { tempDir } from '../support/tmp.ts';

beforeEach(() => {
  vi.stubEnv('SWEETSPOT_DATA_DIR', tempDir());
  vi.stubEnv('SWEETSPOT_UNPROVED_BACKEND', undefined);
  vi.stubEnv('SWEETSPOT_BACKEND', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  (await initBackend({ name: 'cpu' })).dispose();
});

/** An installation that is recorded as whole, and whose addon is none. */
async function unloadable(): Promise<void> {
  const folder = nativeFolder('cpu');
  const addon = addonIn(packageIn(folder));
  mkdirSync(dirname(addon), { recursive: true });
  writeFileSync(addon, 'no library');
  writeFileSync(join(packageIn(folder), 'package.json'), '{}');
  const facts = {
    variant: 'cpu',
    tfjs: '4.22.0',
    tensorflow: '2.21.0',
    node: '20',
    lossDifference: 0,
  } as const;
  await recordInstall(folder, facts, [addon.slice(folder.length + 1)]);
}

describe('the choice of a backend', () => {
  it('is wasm where nothing native is installed, without a word', async () => {
    expect(await initBackend({ threads: 1 })).toMatchObject({ name: 'wasm', warning: null, device: 'cpu' });
  });

  it('is wasm where the native one cannot be loaded, and says why and what mends it', async () => {
    await unloadable();
    const { name, warning } = await initBackend({ threads: 1 });
    expect(name).toBe('wasm');
    expect(warning).toMatch(
      /cannot be used.*tfjs_binding\.node.*sweetspot backend install --cpu.*slower backend/,
    );
  });

  it('is wasm where the native one is broken, and says so', async () => {
    await unloadable();
    writeFileSync(addonIn(packageIn(nativeFolder('cpu'))), 'cut');
    const { name, warning } = await initBackend({ threads: 1 });
    expect(name).toBe('wasm');
    expect(warning).toMatch(/3 bytes, not 10.*sweetspot backend install --cpu/);
  });

  it('is what SWEETSPOT_BACKEND says, unless one is named', async () => {
    vi.stubEnv('SWEETSPOT_BACKEND', 'cpu');
    expect(await initBackend()).toMatchObject({ name: 'cpu' });
    expect(await initBackend({ name: 'wasm', threads: 1 })).toMatchObject({ name: 'wasm' });
    vi.stubEnv('SWEETSPOT_BACKEND', 'tensorfow');
    await expect(initBackend()).rejects.toMatchObject({ code: 'E_BACKEND', got: 'tensorfow' });
  });

  it('fails where the native one is wanted by name and cannot be had', async () => {
    const wanted = () => initBackend({ name: 'tensorflow' }).catch(error => error as unknown);
    expect(await wanted()).toMatchObject({
      code: 'E_BACKEND',
      exitCode: 6,
      hint: expect.stringMatching(/sweetspot backend install/),
    });
    await unloadable();
    expect(await wanted()).toMatchObject({ code: 'E_BACKEND', got: expect.stringMatching(/tfjs_binding/) });
  });
});

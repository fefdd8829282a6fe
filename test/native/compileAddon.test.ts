import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileAddon } from '../../src/native/install/compileAddon.ts';
import { librariesIn } from '../../src/native/nativeFolder.ts';
import { tempDir } from '../support/tmp.ts';

const { signal } = new AbortController();

afterEach(() => vi.unstubAllEnvs());

describe('compileAddon', () => {
  it('says what to install where there is no compiler', async () => {
    vi.stubEnv('CXX', 'no-such-compiler');
    await expect(compileAddon(tempDir(), '/none', signal)).rejects.toMatchObject({
      code: 'E_BACKEND',
      hint: expect.stringMatching(/apt install g\+\+/),
    });
  });

  it('hands on what a compiler says', async () => {
    const dir = tempDir();
    const compiler = join(dir, 'compiler');
    writeFileSync(compiler, '#!/bin/sh\necho "tfjs_backend.cc:1: fatal error: no" >&2\nexit 1\n', {
      mode: 0o755,
    });
    vi.stubEnv('CXX', compiler);
    await expect(compileAddon(dir, '/none', signal)).rejects.toThrow(
      /could not be compiled.*fatal error: no/,
    );
  });

  it('lets the addon look beside itself, for the CUDA libraries as well', async () => {
    const dir = tempDir();
    mkdirSync(join(librariesIn(dir), 'nvidia', 'cudnn', 'lib'), { recursive: true });
    const compiler = join(dir, 'compiler');
    const script = `#!/bin/sh\necho "$@" > ${dir}/args\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && touch "$2"; shift; done\n`;
    writeFileSync(compiler, script, { mode: 0o755 });
    vi.stubEnv('CXX', compiler);
    await compileAddon(dir, '/headers', signal);
    expect(readFileSync(join(dir, 'args'), 'utf8')).toContain(
      '-Wl,-rpath,$ORIGIN/../../../site-packages/tensorflow:$ORIGIN/../../../site-packages/nvidia/cudnn/lib',
    );
  });
});

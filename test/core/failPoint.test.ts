import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../support/tmp.ts';

const MODULE = fileURLToPath(new URL('../../dist/core/failPoint.js', import.meta.url));
const PROGRAM = `import { failPoint } from ${JSON.stringify(MODULE)};
for (let i = 1; i <= 3; i++) { failPoint('a.b'); console.log(i); }`;

function run(env: Record<string, string>): {
  passes: number;
  signal: string | null;
  stderr: string;
  code: number | null;
} {
  const { stdout, signal, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', PROGRAM],
    {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    },
  );
  return { passes: stdout.split('\n').filter(Boolean).length, signal, stderr, code: status };
}

describe('failPoint', () => {
  it('does nothing unless it is armed by its own name and for this process', () => {
    for (const armed of ['', 'nonsense', 'a.c:1:kill', 'worker/a.b:1:kill', 'a.b:9:kill']) {
      expect(run({ SWEETSPOT_FAILPOINT: armed })).toMatchObject({ passes: 3, code: 0 });
    }
    expect(run({ SWEETSPOT_FAILPOINT: 'run/a.b:1:kill', SWEETSPOT_ROLE: 'worker' }).passes).toBe(3);
  });

  it('kills at the chosen pass, and only once where it is told to note it', () => {
    const marker = join(tempDir(), 'spent');
    const armed = { SWEETSPOT_FAILPOINT: 'run/a.*:2:kill', SWEETSPOT_FAILPOINT_SPENT: marker };
    expect(run(armed)).toMatchObject({ passes: 1, signal: 'SIGKILL' });
    expect(existsSync(marker)).toBe(true);
    expect(run(armed)).toMatchObject({ passes: 3, code: 0 });
  });

  it('can exit, throw, or make the disk full', () => {
    expect(run({ SWEETSPOT_FAILPOINT: 'a.b:1:exit' })).toMatchObject({ passes: 0, code: 1 });
    expect(run({ SWEETSPOT_FAILPOINT: 'a.b:3:throw' }).stderr).toMatch(/Error: fail point a\.b/);
    expect(run({ SWEETSPOT_FAILPOINT: 'a.b:1:full' }).stderr).toMatch(/ENOSPC: no space left on device/);
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { tempDir } from '../support/tmp.ts';

const QUICK = join(import.meta.dirname, '../../sweeps/quickstart.yaml');

describe('limits on the command line', () => {
  it('plan tells what would run, then refuses it; -y goes ahead', async () => {
    const cwd = tempDir();
    const refused = await runCli(['plan', QUICK, '--max-disk', '1MB'], cwd);
    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/more disk than allowed.*\[E_REFUSED\]/),
    });
    expect(refused.stdout).toMatch(/^Trials/m);
    expect(await runCli(['plan', QUICK, '--max-disk', '1MB', '-y'], cwd)).toMatchObject({ code: 0 });
    expect(await runCli(['plan', QUICK, '--max-disk', 'lots'], cwd)).toMatchObject({ code: 2 });
    expect(await runCli(['plan', QUICK, '--max-hours', '1'], cwd)).toMatchObject({ code: 3 });
  });

  it('run refuses before anything is computed, also what takes too long', async () => {
    const cwd = tempDir();
    const disk = await runCli(['run', QUICK, '--max-disk', '1kB'], cwd);
    expect(disk).toMatchObject({ code: 3, stdout: '' });
    const hours = await runCli(['run', QUICK, '--max-hours', '0.0001'], cwd);
    expect(hours).toMatchObject({ code: 3, stderr: expect.stringMatching(/longer than allowed/) });
    const status = JSON.parse((await runCli(['status', 'quickstart', '--json'], cwd)).stdout);
    expect(status).toMatchObject({ state: 'stopped', pictures: { done: 0 } });
  });

  it('gc shows first, and has nothing to do in a new folder', async () => {
    const cwd = tempDir();
    expect(await runCli(['gc', '-y'], cwd)).toMatchObject({ code: 2 });
    expect(existsSync(join(cwd, '.sweetspot'))).toBe(false);
    expect(await runCli(['gc', '--keep', 'some'], cwd)).toMatchObject({ code: 2 });
  });
});

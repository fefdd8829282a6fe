import { expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { tempDir } from '../support/tmp.ts';

it('says that there is no sweep yet, which is no error', async () => {
  const cwd = tempDir();
  expect(await runCli(['status'], cwd)).toMatchObject({
    code: 0,
    stdout: 'no sweep was run in this folder yet\n',
    stderr: '',
  });
  expect(await runCli(['status', '--json'], cwd)).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
});

it.each([
  ['status', 'x'],
  ['best', 'x'],
  ['report', 'x'],
  ['export', 'x'],
])('%s %s ends as for any unknown name', async (...args) => {
  const { code, stderr, stdout } = await runCli(args, tempDir());
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/there is no sweep in this workspace yet.*\[E_MISSING\]/);
});

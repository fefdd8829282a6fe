import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initWorkspace } from '../../src/cli/initCommand.ts';
import { readSweep } from '../../src/sweep/readSweep.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sweetspot-init-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const BIN = join(import.meta.dirname, '../../dist/cli/main.js');

it('makes a workspace whose sweep can be planned, and overwrites nothing', async () => {
  const workspace = join(dir, 'new', 'workspace');
  const first = await initWorkspace(workspace);
  expect(first.copied).toContain(join('sweeps', 'quickstart.yaml'));
  expect(first.copied.filter(path => path.endsWith('.png'))).toHaveLength(9);
  expect(first.kept).toEqual([]);

  const file = join(workspace, 'sweeps', 'quickstart.yaml');
  const read = await readSweep(file);
  expect(read.ok && read.sweep.subjects[0]?.instanceImages).toHaveLength(6);

  writeFileSync(file, 'my own');
  rmSync(join(workspace, 'sweeps', 'sweep.schema.json'));
  const second = await initWorkspace(workspace);
  expect(readFileSync(file, 'utf8')).toBe('my own');
  expect(second.copied).toEqual([join('sweeps', 'sweep.schema.json')]);
  expect(second.kept).toHaveLength(first.copied.length - 1);

  const third = await initWorkspace(workspace, { article: true });
  expect(third.copied).toContain(join('sweeps', 'article', 'face.yaml'));
  const mini = join(workspace, 'sweeps', 'mini');
  for (const name of readdirSync(mini).filter(file => file.endsWith('.yaml'))) {
    expect([name, (await readSweep(join(mini, name))).ok]).toEqual([name, true]);
  }
});

it('says where no workspace can be made', async () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  await expect(initWorkspace(file)).rejects.toMatchObject({ code: 'E_WRITE' });
});

it('tells what to do next', () => {
  const output = execFileSync(process.execPath, [BIN, 'init', 'ws'], { cwd: dir, encoding: 'utf8' });
  expect(output).toMatch(
    /made sweeps\/quickstart.yaml[\s\S]*cd ws\n {2}(npx )?sweetspot plan sweeps\/quickstart.yaml/,
  );
});

it('quotes the folder where a shell needs it', () => {
  const output = execFileSync(process.execPath, [BIN, 'init', 'my cats'], { cwd: dir, encoding: 'utf8' });
  expect(output).toContain("\n  cd 'my cats'\n");
});

it('completes commands and options in the shell', () => {
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [BIN, ...args], {
      encoding: 'utf8',
      env: { ...process.env, SHELL: '/bin/bash' },
    });
  expect(run('completion')).toMatch(/sweetspot --get-yargs-completions[\s\S]*complete .* sweetspot\n/);
  expect(run('--get-yargs-completions', 'sweetspot', 'p').split('\n')).toContain('plan');
  expect(run('--get-yargs-completions', 'sweetspot', 'plan', '--').split('\n')).toContain('--only');
});

import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runTinySweep } from '../runner/tinySweep.ts';
import { runCli } from '../support/cli.ts';

it('doctor finds a damaged stage and a damaged database, and mends them', async () => {
  const { workspace } = await runTinySweep();
  const [stage = ''] = readdirSync(workspace.stages);
  truncateSync(join(workspace.stages, stage, 'picture.png'), 1);
  writeFileSync(workspace.databaseFile, 'no database');

  const sick = await runCli(['doctor', '--json'], workspace.root);
  expect(sick.code).toBe(5);
  const { healthy, sections } = JSON.parse(sick.stdout);
  expect(healthy).toBe(false);
  const broken = sections.flatMap(({ checks }: { checks: { state: string; detail: string }[] }) =>
    checks.filter(({ state }) => state === 'broken').map(({ detail }) => detail),
  );
  expect(broken).toEqual([
    expect.stringMatching(/^the database cannot be used/),
    expect.stringMatching(new RegExp(`^stage ${stage}: picture.png has 1 bytes`)),
  ]);

  expect((await runCli(['doctor', '--repair'], workspace.root)).code).toBe(0);
  expect(await runCli(['doctor'], workspace.root)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Nothing is broken/),
  });
  expect((await runTinySweep({ workspace })).jobs).toHaveLength(1);
});

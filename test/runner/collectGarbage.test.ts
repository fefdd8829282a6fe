import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/planner/types.ts';
import { collectGarbage, previewGarbage, type Ranking } from '../../src/runner/collectGarbage.ts';
import { sweepStatuses } from '../../src/runner/sweepStatus.ts';
import { openForReading } from '../../src/store/database.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { completedStages } from '../../src/store/stageRows.ts';
import { findSweep } from '../../src/store/sweepRecords.ts';
import type { Workspace } from '../../src/store/workspace.ts';
import { runTinySweep } from './tinySweep.ts';

const NO_RANKING = (): null => null;

/** Of the stages of a sweep that are on disk, how many there are of each kind. */
function kinds(workspace: Workspace): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of readdirSync(workspace.stages)) {
    const kind = name.endsWith('-state') ? 'state' : kindOf(workspace, name);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function planOf(workspace: Workspace, name = 'tiny'): Plan {
  const database = openForReading(workspace.databaseFile);
  try {
    return findSweep(database, name)?.plan as Plan;
  } finally {
    database.close();
  }
}

const kindOf = (workspace: Workspace, key: string): string =>
  planOf(workspace).stages.find(stage => stage.key === key)?.kind ?? 'unknown';

const collect = (
  workspace: Workspace,
  policy: Parameters<typeof collectGarbage>[1],
  ranking: Ranking = NO_RANKING,
) => collectGarbage(workspace, policy, ranking);

describe('collectGarbage', () => {
  it('keeps all that a sweep refers to, unless told otherwise', async () => {
    const { workspace } = await runTinySweep();
    const before = kinds(workspace);
    expect(before).toEqual({ 'class-images': 1, dreambooth: 2, state: 1, sample: 6 });
    expect(await collect(workspace, { keep: { kind: 'all' }, keepState: null })).toMatchObject({ bytes: 0 });
    expect(kinds(workspace)).toEqual(before);
  });

  it('keeps the weights of trials without what was only needed on the way, and runs nothing again', async () => {
    const { workspace } = await runTinySweep();
    const policy = { keep: { kind: 'trials' }, keepState: 'none' } as const;
    const preview = previewGarbage(workspace, policy, NO_RANKING);
    const { release, remove, bytes } = await collect(workspace, policy);
    expect(bytes).toBeGreaterThan(0);
    expect([...release, ...remove].map(({ key }) => key).sort()).toEqual(
      [...preview.release, ...preview.remove].map(({ key }) => key).sort(),
    );
    expect(kinds(workspace)).toEqual({ dreambooth: 2, sample: 6 });
    const database = openForReading(workspace.databaseFile);
    expect(completedStages(database).size).toBe(8);
    database.close();
    expect((await runTinySweep({ workspace })).jobs).toEqual([]);
  });

  it('keeps the best weights alone; the others come back where a new picture needs them', async () => {
    const { workspace } = await runTinySweep();
    const [first] = planOf(workspace).trials;
    await collect(workspace, { keep: { kind: 'best', count: 1 }, keepState: 'none' }, () => [
      first?.number ?? 0,
    ]);
    expect(existsSync(join(workspace.stages, first?.snapshotKey ?? ''))).toBe(true);
    expect(kinds(workspace)).toEqual({ dreambooth: 1, sample: 6 });

    expect((await runTinySweep({ workspace })).jobs).toEqual([]);
    expect(sweepStatuses(workspace)).toMatchObject([{ state: 'complete', stages: { done: 9, total: 9 } }]);

    const more = await runTinySweep({ workspace, seeds: [0, 1, 2] });
    expect(more.jobs).toEqual(['class-images', 'dreambooth', 'sample', 'sample', 'sample']);
    expect(kinds(workspace)).toEqual({ 'class-images': 1, dreambooth: 2, state: 1, sample: 9 });
    expect(readdirSync(join(workspace.home, 'released'))).toEqual([]);
  });

  it('forgets what no sweep refers to any more, and keeps what another one does', async () => {
    const { workspace } = await runTinySweep();
    await runTinySweep({ workspace, name: 'other', steps: [4] });
    await runTinySweep({ workspace, steps: [2] });
    await runTinySweep({ workspace, name: 'other', seeds: [0], steps: [4] });
    const { remove, release } = await collect(workspace, { keep: { kind: 'all' }, keepState: null });
    expect(release).toEqual([]);
    // The picture of seed 1 after 4 steps was in both sweeps and is in neither now.
    expect(remove.map(({ kind }) => kind)).toEqual(['sample']);
    expect((await runTinySweep({ workspace, steps: [2] })).jobs).toEqual([]);
    expect((await runTinySweep({ workspace, name: 'other', seeds: [0], steps: [4] })).jobs).toEqual([]);
  });

  it('keeps the state that a sweep ended with, though another sweep has trained on from it', async () => {
    const { workspace } = await runTinySweep();
    await runTinySweep({ workspace, name: 'longer', steps: [8] });
    const states = (): number => readdirSync(workspace.stages).filter(name => name.endsWith('-state')).length;
    expect(states()).toBe(2);
    const { remove, release } = await collect(workspace, { keep: { kind: 'all' }, keepState: null });
    expect([...remove, ...release]).toEqual([]);
    expect(states()).toBe(2);
  });

  it('leaves a sweep whole that has something to do yet', async () => {
    const { workspace } = await runTinySweep();
    const lost = planOf(workspace).pictures[0]?.key ?? '';
    rmSync(join(workspace.stages, lost), { recursive: true });
    const { release, remove } = await collect(workspace, { keep: { kind: 'trials' }, keepState: 'none' });
    expect([...release, ...remove]).toEqual([]);
  });

  it('refuses while a sweep runs', async () => {
    const { workspace } = await runTinySweep();
    const lock = acquireLock(workspace);
    await expect(collect(workspace, { keep: { kind: 'all' }, keepState: null })).rejects.toMatchObject({
      code: 'E_STORE',
      exitCode: 5,
    });
    lock.release();
  });
});

import { describe, expect, it } from 'vitest';
import {
  beginAttempt,
  closeLostAttempts,
  endAttempt,
  failedAttempts,
  secondsPerUnit,
} from '../../src/store/attempts.ts';
import { openForWriting } from '../../src/store/database.ts';
import {
  addPictureBatches,
  findSweep,
  listSweeps,
  pictureBatches,
  saveSweep,
  setSweepBackend,
  setSweepState,
} from '../../src/store/sweepRecords.ts';
import { createWorkspace, workspaceAt } from '../../src/store/workspace.ts';
import { tempDir } from '../support/tmp.ts';

function newDatabase() {
  const workspace = workspaceAt(tempDir());
  createWorkspace(workspace);
  return openForWriting(workspace.databaseFile);
}

const sweep = {
  name: 'cat',
  file: '/x/cat.yaml',
  text: 'name: cat\n',
  plan: { trials: [1] },
  state: 'running' as const,
};

describe('sweep records', () => {
  it('keep the last plan, the backend and the batches of earlier runs', () => {
    const database = newDatabase();
    saveSweep(database, sweep, 't1');
    setSweepBackend(database, 'cat', { backend: 'wasm', threads: 2, slots: 3 });
    addPictureBatches(database, 'cat', [['a', 'b'], ['c']]);
    saveSweep(database, { ...sweep, plan: { trials: [1, 2] } }, 't2');
    addPictureBatches(database, 'cat', [['d']]);
    setSweepState(database, 'cat', 'complete', 't3');
    expect(findSweep(database, 'cat')).toEqual({
      ...sweep,
      plan: { trials: [1, 2] },
      state: 'complete',
      backend: 'wasm',
      threads: 2,
      slots: 3,
      createdAt: 't1',
      updatedAt: 't3',
    });
    expect(pictureBatches(database, 'cat')).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(listSweeps(database).map(({ name }) => name)).toEqual(['cat']);
    expect(findSweep(database, 'dog')).toBeUndefined();
  });
});

describe('attempts', () => {
  const attempt = {
    sweep: 'cat',
    job: 'train-1',
    kind: 'dreambooth',
    label: 'training',
    rateKey: 'train',
    units: 100,
  };

  it('make the history that estimates come from', () => {
    const database = newDatabase();
    endAttempt(database, beginAttempt(database, attempt, 't'), { outcome: 'done', seconds: 50 });
    endAttempt(database, beginAttempt(database, { ...attempt, units: 300 }, 't'), {
      outcome: 'done',
      seconds: 250,
    });
    endAttempt(database, beginAttempt(database, attempt, 't'), { outcome: 'stopped', seconds: 9 });
    expect(secondsPerUnit(database)).toEqual({ train: 0.75 });
  });

  it('keep the error of a failure, and are lost when nobody ended them', () => {
    const database = newDatabase();
    const error = { code: 'E_NOT_FINITE' as const, what: 'the loss is NaN' };
    endAttempt(database, beginAttempt(database, attempt, 't'), { outcome: 'failed', seconds: 1, error });
    beginAttempt(database, attempt, 't');
    expect(closeLostAttempts(database)).toBe(1);
    expect(failedAttempts(database, 'cat')).toMatchObject([{ job: 'train-1', outcome: 'failed', error }]);
  });
});

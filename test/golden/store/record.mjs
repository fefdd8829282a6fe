// Records a database of the schema version that the built program has now, with a row of every kind:
//   npm run build && node test/golden/store/record.mjs
// Writes v<version>.db beside itself. A recorded file never changes: later versions must be able to open it.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beginAttempt, endAttempt } from '../../../dist/store/attempts.js';
import { openForWriting } from '../../../dist/store/database.js';
import { MIGRATIONS } from '../../../dist/store/migrations.js';
import { addPictureBatches, saveSweep, setSweepBackend } from '../../../dist/store/sweepRecords.js';

const target = path.join(import.meta.dirname, `v${MIGRATIONS.length}.db`);
if (existsSync(target)) throw new Error(`${target} is recorded already`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'store-'));
const database = openForWriting(path.join(folder, 'store.db'));
const stage = database.prepare(
  `INSERT INTO stages (key, kind, label, seconds, bytes, backend, finished_at)
   VALUES (?, ?, ?, ?, ?, 'wasm, 2 threads', '2026-01-01T00:00:00.000Z')`,
);
stage.run('snapshot', 'dreambooth', 'cat, step 50', 12.5, 1000);
stage.run('snapshot-state', 'dreambooth', 'state of cat, step 50', 1, 3000);
stage.run('picture', 'sample', 'a photo of a cat, seed 0', 0.5, 100);
database
  .prepare('INSERT INTO states (key, snapshot_key, trajectory_key, step) VALUES (?, ?, ?, ?)')
  .run('snapshot-state', 'snapshot', 'trajectory', 50);
const plan = { trials: [{ id: 'one' }] };
saveSweep(database, { name: 'cat', file: '/home/somebody/cat.yaml', text: 'name: cat\n', plan, state: 'failed' }, 't1');
setSweepBackend(database, 'cat', { backend: 'wasm', threads: 2, slots: 1 });
addPictureBatches(database, 'cat', [['picture', 'other']]);
const job = { sweep: 'cat', kind: 'dreambooth', label: 'cat', rateKey: 'train cat', units: 50 };
endAttempt(database, beginAttempt(database, { ...job, job: 'train-1' }, 't1'), { outcome: 'done', seconds: 25 });
endAttempt(database, beginAttempt(database, { ...job, job: 'train-2' }, 't2'), {
  outcome: 'failed',
  seconds: 3,
  error: { code: 'E_NOT_FINITE', what: 'the loss is NaN', place: 'step 7' },
});
database.prepare('VACUUM INTO ?').run(target);
database.close();
rmSync(folder, { recursive: true });
console.log(target);

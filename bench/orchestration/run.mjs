// What the orchestrator itself costs: `npm run bench:orchestration [-- --trials N] [--slots N] [--python VENV]`.
// A worker that computes nothing, behind the real planner, runner and store; readers look on all the while. Beside it, with
// a Python that has them, Optuna on SQLite and Ray Tune with trials that do nothing either.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median } from '../sideBySide.mjs';
import { runOnce } from './runOnce.mjs';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '10000' },
    slots: { type: 'string', default: '1' },
    readers: { type: 'string', default: '4' },
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const trials = Number(values.trials);
const slots = Number(values.slots);
const here = import.meta.dirname;
const folder = mkdtempSync(join(os.tmpdir(), 'sweetspot-bench-orchestration-'));
const gapFile = join(folder, 'gaps');
process.env.BENCH_GAPS = gapFile;

try {
  const quiet = await runOnce(folder, trials, slots);
  const waits = readdirSync(folder)
    .filter(name => name.startsWith('gaps.'))
    .flatMap(name => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .sort((a, b) => a - b);
  const restart = await runOnce(folder, trials + 100, slots);
  const readers = await withReaders(Number(values.readers), () => runOnce(folder, trials + 1100, slots));
  const at = share => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))];
  const rows = [
    ['a trial (training + picture), all in', (quiet.seconds / trials) * 1000, 'ms', 2],
    ['  of it planning', (quiet.planSeconds / trials) * 1000, 'ms'],
    ['wait of a slot between two stages, median', median(waits), 'ms', 50],
    ['  99 of 100 below', at(0.99), 'ms', 50],
    [`restart to first job, ${trials} trials done`, restart.firstJobSeconds, 's', 2],
    [`status --json, ${readers.looks} looks by ${values.readers} readers: failed`, readers.failed, '', 0],
    ['  a look, start of Node included, median', readers.medianMs, 'ms'],
    ['memory of the orchestrator at most', process.resourceUsage().maxRSS / 1024, 'MB'],
    ...(values.python ? others(values.python) : []),
  ];
  if (values.json) console.log(JSON.stringify({ trials, slots, machine: machine(), rows }));
  else {
    console.log(`${trials} trials, ${quiet.stages} stages, ${slots} slots; ${JSON.stringify(machine())}`);
    for (const [what, value, unit, goal] of rows) {
      const text = value === null ? 'not installed' : `${value.toFixed(unit === '' ? 0 : 2)} ${unit}`;
      console.log(
        `${what.padEnd(58)} ${text.padStart(14)}${goal === undefined ? '' : `  (goal ${goal} ${unit})`}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Readers that ask for the status again and again while `work` goes on. */
async function withReaders(count, work) {
  const bin = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const times = [];
  let failed = 0;
  let over = false;
  const reader = async () => {
    while (!over) {
      const started = performance.now();
      const child = spawn(process.execPath, [bin, 'status', 'noop', '--json'], {
        cwd: folder,
        stdio: 'ignore',
      });
      const code = await new Promise(resolve => child.once('exit', resolve));
      times.push(performance.now() - started);
      if (code !== 0) failed += 1;
    }
  };
  const readers = Array.from({ length: count }, reader);
  await work();
  over = true;
  await Promise.all(readers);
  return { looks: times.length, failed, medianMs: median(times) };
}

function others(python) {
  const program = existsSync(join(python, 'bin/python')) ? join(python, 'bin/python') : python;
  return [
    ['optuna', 'Optuna, SQLite, a trial', 500],
    ['ray', 'Ray Tune, a trial', 200],
  ].map(([name, label, count]) => {
    const { status, stdout } = spawnSync(program, [join(here, `${name}_trials.py`), String(count)], {
      encoding: 'utf8',
    });
    if (status !== 0) return [label, null, 'ms'];
    const { version, msPerTrial } = JSON.parse(stdout.trim().split('\n').at(-1));
    return [`${label} (${name} ${version})`, msPerTrial, 'ms'];
  });
}

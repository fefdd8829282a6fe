import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';

const BIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/**
 * `sweetspot run` in an empty workspace: start to page. Seconds by part are the jobs' own, which several slots spend side by
 * side. Slots: null for as many as `run` itself takes where it may use all cores.
 */
export async function runOurs(plan, folder, { threads, slots }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'sweep.yaml'), plan.yaml);
  const chosen = slots ?? (threads === os.availableParallelism() ? null : 1);
  const shares =
    chosen === null ? [] : ['--slots', chosen, '--threads', Math.max(1, Math.floor(threads / chosen))];
  const args = [BIN, 'run', 'sweep.yaml', '-y', '--json', ...shares.map(String)];
  const { seconds, cpuSeconds, lines } = await measure(process.execPath, args, { cwd: folder });
  const events = lines.map(line => JSON.parse(line));
  const ends = events.filter(({ event }) => event === 'jobEnd');
  const secondsOf = chosen => ends.filter(chosen).reduce((sum, end) => sum + end.seconds, 0);
  const training =
    prior =>
    ({ kind, label }) =>
      kind === 'dreambooth' && label.includes(`with_prior_preservation ${prior}`);
  return {
    seconds,
    cpuSeconds,
    slots: events.find(({ event }) => event === 'slots').slots.length,
    parts: {
      classImages: secondsOf(({ kind }) => kind === 'class-images'),
      plainSteps: secondsOf(training(false)),
      priorSteps: secondsOf(training(true)),
      pictures: secondsOf(({ kind }) => kind === 'sample'),
    },
  };
}

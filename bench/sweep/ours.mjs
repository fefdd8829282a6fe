import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';

const BIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** `sweetspot run` in an empty workspace: start to page. Seconds by part are the jobs' own. */
export async function runOurs(plan, folder, threads) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'sweep.yaml'), plan.yaml);
  const args = [BIN, 'run', 'sweep.yaml', '-y', '--json', '--threads', String(threads)];
  const { seconds, cpuSeconds, lines } = await measure(process.execPath, args, { cwd: folder });
  const ends = lines.map(line => JSON.parse(line)).filter(({ event }) => event === 'jobEnd');
  const secondsOf = chosen => ends.filter(chosen).reduce((sum, end) => sum + end.seconds, 0);
  const training =
    prior =>
    ({ kind, label }) =>
      kind === 'dreambooth' && label.includes(`with_prior_preservation ${prior}`);
  return {
    seconds,
    cpuSeconds,
    parts: {
      classImages: secondsOf(({ kind }) => kind === 'class-images'),
      plainSteps: secondsOf(training(false)),
      priorSteps: secondsOf(training(true)),
      pictures: secondsOf(({ kind }) => kind === 'sample'),
    },
  };
}

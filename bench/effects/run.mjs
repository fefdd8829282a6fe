// npm run bench:effects: are the effects of the article there on the pocket model? Two sweeps, run by the tool itself, with
// several training seeds; prints each effect beside its target. Goes on where it was stopped (the workspace is kept).
//   --seeds N (3)  --scale S (1: all steps; 0.05 tries the bench itself)  --threads N  --backend NAME  --workspace DIR
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { passedOn, sweetspot } from '../sweetspot.mjs';
import { effects } from './effects.mjs';
import { partsSweep, ratesSweep } from './sweeps.mjs';

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    threads: { type: 'string' },
    backend: { type: 'string' },
    workspace: { type: 'string', default: 'bench-effects' },
  },
});
const workspace = resolve(options.workspace);
mkdirSync(workspace, { recursive: true });
const plan = {
  seeds: Array.from({ length: Number(options.seeds) }, (_, i) => i),
  scale: Number(options.scale),
  subjects: join(root, 'sweeps/subjects'),
};
const models = [ratesSweep(plan), partsSweep(plan)].map(({ name, text }) => {
  const file = join(workspace, `${name}.yaml`);
  // An unchanged file is the same sweep: what it made before is not made again.
  writeFileSync(file, text);
  sweetspot(['run', file, '-y', '--workspace', workspace, ...passedOn(options)], 'inherit');
  return JSON.parse(sweetspot(['export', name, '--workspace', workspace], 'pipe'));
});
const { rows, notes } = await effects(models);
console.log(
  `${options.seeds} training seeds, steps x ${options.scale}; ${[...new Set(models.flatMap(m => m.provenance.backends))].join('; ')}`,
);
console.log('| effect | measured | target | |\n|---|---|---|---|');
for (const { what, value, target, met } of rows) {
  console.log(`| ${what} | ${value} | ${target} | ${met === null ? '' : met ? 'met' : 'missed'} |`);
}
for (const note of notes) console.log(note);

// npm run bench:article: the article's experiments in miniature (sweeps/mini), all of them, on the pocket model; prints which
// of the article's statements are seen. Pages and Markdown reports lie in the workspace. Goes on where it was stopped.
//   --seeds N (2) training seeds  --only NAME[,NAME]  --threads N  --backend NAME  --workspace DIR
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { passedOn, sweetspot } from '../sweetspot.mjs';

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2' },
    only: { type: 'string' },
    threads: { type: 'string' },
    backend: { type: 'string' },
    workspace: { type: 'string', default: 'bench-article' },
  },
});
const workspace = resolve(options.workspace);
mkdirSync(workspace, { recursive: true });
const all = readdirSync(join(root, 'sweeps/mini')).map(file => basename(file, '.yaml'));
const chosen = options.only?.split(',') ?? all;
const unknown = chosen.filter(name => !all.includes(name));
if (unknown.length > 0) {
  console.error(`there is no sweeps/mini/${unknown[0]}.yaml; there are ${all.join(', ')}`);
  process.exit(2);
}

const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed).join(',');
const started = Date.now();
const rows = chosen.flatMap(name => {
  const file = join(root, `sweeps/mini/${name}.yaml`);
  const args = ['-y', '--workspace', workspace, '-S', `train.seed=${seeds}`, ...passedOn(options)];
  sweetspot(['run', file, ...args], 'inherit');
  return claimsOf(readFileSync(join(workspace, `reports/mini-${name}/report.md`), 'utf8')).map(claim => ({
    name,
    ...claim,
  }));
});
console.log(
  `${chosen.length} sweeps, ${options.seeds} training seeds, ${Math.round((Date.now() - started) / 1000)} s this time`,
);
console.log('| sweep | the article says | here | measured |\n|---|---|---|---|');
for (const { name, text, verdict, found } of rows)
  console.log(`| ${name} | ${text} | ${verdict} | ${found} |`);
const seen = rows.filter(({ verdict }) => verdict === 'Seen').length;
console.log(`${seen} of ${rows.length} statements are seen`);

/** The tested statements of a Markdown report. */
function claimsOf(report) {
  return Array.from(report.matchAll(/^> \*\*(.+?):\*\* (.+?) *\n> (.+)$/gm), ([, verdict, text, found]) => ({
    verdict,
    text,
    found,
  }));
}

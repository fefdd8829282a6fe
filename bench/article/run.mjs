// npm run bench:article: the article's experiments in miniature (sweeps/mini), all of them, on the pocket model; prints which
// of the article's statements are seen. Pages and Markdown reports lie in the workspace. Goes on where it was stopped.
//   --seeds N (2) training seeds  --only NAME[,NAME]  --threads N  --backend NAME  --workspace DIR
//   --page FILE.md writes a page of it, with pictures in a folder beside it
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../sideBySide.mjs';
import { passedOn, sweetspot } from '../sweetspot.mjs';
import { writePage } from './page.mjs';

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2' },
    only: { type: 'string' },
    threads: { type: 'string' },
    backend: { type: 'string' },
    workspace: { type: 'string', default: 'bench-article' },
    page: { type: 'string' },
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
const results = new Map();
for (const name of chosen) {
  const file = join(root, `sweeps/mini/${name}.yaml`);
  const args = ['-y', '--workspace', workspace, '-S', `train.seed=${seeds}`, ...passedOn(options)];
  sweetspot(['run', file, ...args], 'inherit');
  results.set(name, {
    claims: claimsOf(readFileSync(join(workspace, `reports/mini-${name}/report.md`), 'utf8')),
    model: JSON.parse(
      sweetspot(['export', `mini-${name}`, '--format', 'json', '--workspace', workspace], 'pipe'),
    ),
  });
}
const seconds = Math.round((Date.now() - started) / 1000);
const rows = [...results].flatMap(([name, { claims }]) => claims.map(claim => ({ name, ...claim })));
const seen = rows.filter(({ verdict }) => verdict === 'Seen').length;
const backend = results.get(chosen[0]).model.provenance.backends.join('; ');
console.log('| sweep | the article says | here | measured |\n|---|---|---|---|');
for (const { name, text, verdict, found } of rows)
  console.log(`| ${name} | ${text} | ${verdict} | ${found} |`);
console.log(
  `${chosen.length} sweeps, ${options.seeds} training seeds, ${seconds} s this time: ${seen} of ${rows.length} statements are seen`,
);
if (options.page) {
  const { cpu, cores } = machine();
  const when = new Date().toISOString().slice(0, 10);
  await writePage(options.page, results, {
    ran: `With ${options.seeds} training seeds (${backend}; ${cpu}, ${cores} cores; ${when}) **${seen} of ${rows.length} statements are seen.**`,
    command: `Each sweep below was run by \`sweetspot run sweeps/mini/NAME.yaml -S train.seed=${seeds}\`; without \`-S\` it trains with one seed, and fewer pictures speak for each statement.`,
  });
  console.log(options.page);
}

/** The tested statements of a Markdown report, without its backslashes. */
function claimsOf(report) {
  return Array.from(report.matchAll(/^> \*\*(.+?):\*\* (.+?) *\n> (.+)$/gm), match => {
    const [verdict, text, found] = match.slice(1).map(part => part.replace(/\\([^\w\s])/g, '$1'));
    return { verdict, text, found };
  });
}

import type { PictureGrid, ReportModel, ReportSetting } from '../model/reportModel.ts';
import { headlineText, leftOutText, namedTies, TIES_LABEL } from '../model/sweetSpot.ts';
import {
  capital,
  duration,
  literal,
  optionLabel,
  optionValue,
  settingsText,
  settingText,
  shorten,
  thousands,
} from '../shared/text.ts';
import type { Assets } from './assets.ts';
import type { NoteSources } from './drawNotes.ts';
import { notesMarkdown } from './notesMarkdown.ts';

/** Tables with more pictures than this are left to the page. */
const MAX_PICTURES = 400;

/** The report for a repository: GitHub's Markdown, with charts and pictures that lie beside it. */
export function drawMarkdown(sources: NoteSources): string {
  const { model, assets, charts } = sources;
  const notes = notesMarkdown(sources, plain);
  return [
    `# ${plain(model.sweep.name)}`,
    ...model.answers.flatMap(answer => {
      const best = answer.best === null ? undefined : model.settings[answer.best];
      const title = `## ${plain(answer.subject)}: ${best ? plain(headlineText(best)) : 'judge by eye'}`;
      if (!best) return [title, 'Nothing was measured. Look at the pictures.'];
      const ties = answer.ties.flatMap(id => model.settings[id] ?? []);
      return [
        title,
        plain(answer.reason),
        ...tieLine(best, ties),
        ...(answer.cautions.length === 0 ? [] : [answer.cautions.map(text => `- ${plain(text)}`).join('\n')]),
        ...answer.edges.map(
          ({ axis, value, side, lines }) =>
            `${capital(optionLabel(axis))} ${optionValue(value)} is the ${side} that was tried. One further:\n\n${code('yaml', lines)}`,
        ),
        ...(answer.command ? ['Train it for good:', code('sh', answer.command)] : []),
      ];
    }),
    ...(notes === null ? [] : [notes]),
    '## Pictures',
    ...pictureTables(model, assets),
    '## Settings',
    settingTable(model),
    ...(charts.length === 0 ? [] : ['## Charts']),
    ...charts.flatMap(({ chart, image }) => [
      `### ${plain(chart.title)}`,
      plain(chart.note),
      `<img src="charts/${chart.id}.png" width="${image.width}" alt="${attribute(chart.alt)}">`,
    ]),
    '## Provenance',
    provenance(model),
  ]
    .join('\n\n')
    .concat('\n');
}

function tieLine(best: ReportSetting, ties: readonly ReportSetting[]): string[] {
  const { named, leftOut } = namedTies(best, ties);
  const others = leftOutText(leftOut);
  const all = [...named.map(tie => settingText(tie, best)), ...(others === null ? [] : [others])];
  return all.length === 0 ? [] : [`${TIES_LABEL} ${all.map(plain).join('; ')}.`];
}

function pictureTables(model: ReportModel, assets: Assets): string[] {
  let left = MAX_PICTURES;
  const tables: string[] = [];
  for (const grid of model.grids) {
    const pictures = grid.cells.flat().length * grid.seeds.length;
    if (pictures > left) return [...tables, 'The other pictures are in index.html.'];
    left -= pictures;
    tables.push(pictureTable(model, assets, grid));
  }
  return tables;
}

function pictureTable({ subjects }: ReportModel, assets: Assets, grid: PictureGrid): string {
  const image = (key: string | null, alt: string): string => {
    const asset = key === null ? undefined : assets.pictures.get(key);
    return asset?.original ? `<img src="${asset.original}" width="96" alt="${attribute(alt)}">` : '–';
  };
  const line = (values: Record<string, unknown>): string =>
    Object.values(values)
      .map(value => optionValue(value as never))
      .join(', ');
  const hasBase = grid.base.some(Boolean);
  const head = [
    grid.rowNames.map(optionLabel).join(', '),
    ...(hasBase ? ['untrained'] : []),
    ...grid.columns.map(({ values }) => `${grid.columnNames.map(optionLabel).join(', ')} ${line(values)}`),
  ];
  const rows = grid.rows.map(({ values }, r) => [
    line(values),
    ...(hasBase ? [(grid.base[r]?.pictures ?? []).map(key => image(key, 'untrained')).join(' ')] : []),
    ...(grid.cells[r] ?? []).map(
      cell => (cell?.pictures ?? []).map(key => image(key, `trial ${cell?.trial}`)).join(' ') || '–',
    ),
  ]);
  const title = [
    subjects.length > 1 ? grid.subject : '',
    `“${shorten(grid.prompt, 200)}”`,
    settingsText(grid.fixed),
  ]
    .filter(Boolean)
    .join(', ');
  return `**${plain(title)}**\n\n${table(head, rows)}`;
}

function settingTable({ settings, metrics, subjects }: ReportModel): string {
  const number = (setting: ReportSetting, name: (typeof metrics)[number]['name']): string => {
    const score = setting.scores[name];
    return score ? `${score.mean.toFixed(3)} (${score.low.toFixed(3)}–${score.high.toFixed(3)})` : '–';
  };
  const several = subjects.length > 1;
  return table(
    [...(several ? ['subject'] : []), 'setting', 'region', ...metrics.map(({ title }) => title)],
    settings.map(setting => [
      ...(several ? [plain(setting.subject)] : []),
      plain(settingText(setting)),
      setting.region ?? '',
      ...metrics.map(({ name }) => number(setting, name)),
    ]),
  );
}

function provenance({ sweep, model, provenance: of, steps }: ReportModel): string {
  const lines = [
    `Base model ${plain(model.name)}${model.licence ? `, licence: ${plain(model.licence.text)}` : ''}; what is trained from it stays under its terms. It must not be used to harm, deceive or impersonate anyone.`,
    `Computed on ${plain(of.backends.join('; ') || 'nothing yet')} in ${duration(of.computeSeconds)}, by sweetspot ${plain(of.tools.join(', '))}.`,
    `Training steps: ${thousands(steps.planned)}; trial by trial ${thousands(steps.naive)}.`,
  ];
  return `${lines.map(line => `- ${line}`).join('\n')}\n\n${code('yaml', sweep.text)}`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map(row => `| ${row.map(cell => cell.replaceAll('\n', ' ')).join(' | ')} |`)
    .join('\n');

/** A fence longer than any in the text. */
function code(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${literal(text).trimEnd()}\n${fence}`;
}

/** A text as it is: no markup, no link, no table of its own. */
const plain = (text: string): string =>
  literal(text)
    .replace(/[\\`*_{}[\]()#+!|<>~&@:-]/g, character =>
      /[<>&]/.test(character) ? entity(character) : `\\${character}`,
    )
    .replace(/\s+/g, ' ');

const attribute = (text: string): string => literal(text).replace(/[<>&"'`|\n]/g, entity);
const entity = (character: string): string => `&#${character.codePointAt(0)};`;

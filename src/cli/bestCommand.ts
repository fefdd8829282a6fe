import type { CommandModule } from 'yargs';
import { SweetspotError } from '../core/errors.ts';
import { rankSettings } from '../reporter/model/answers.ts';
import type { MetricName, ReportModel, ReportSetting } from '../reporter/model/reportModel.ts';
import { isSweetSpot } from '../reporter/model/sweetSpot.ts';
import { capital, settingText } from '../reporter/shared/text.ts';
import { readReport } from '../reporter/writeReport.ts';
import { formatValue } from '../sweep/formatValue.ts';
import { checkWhole } from './checkNumber.ts';
import { inOurWords } from './program.ts';
import { workspaceOf, workspaceOption } from './workspaceOption.ts';

interface BestArguments {
  name: string;
  metric?: string | undefined;
  n: number;
  json: boolean;
  workspace: string;
}

export const bestCommand: CommandModule<object, BestArguments> = {
  command: 'best <name>',
  describe: 'The best settings of a sweep, with ties, as its report has them',
  builder: command =>
    command
      .positional('name', { type: 'string', demandOption: true, describe: 'name of the sweep' })
      .options({
        metric: {
          type: 'string',
          requiresArg: true,
          describe: 'what to rank by; without it, what the report ranks by',
        },
        n: { type: 'number', default: 3, requiresArg: true, describe: 'how many settings of each subject' },
        json: { type: 'boolean', default: false, describe: 'JSON' },
        ...workspaceOption,
      }),
  handler(args) {
    checkWhole('-n', args.n, 1);
    const { model, measured } = readReport(workspaceOf(args), args.name);
    const metric = chosenMetric(model, args);
    const subjects = model.answers.map(answer => {
      const ranked = rankSettings(measured, answer.subject, metric);
      const isReports = answer.metric === metric.name;
      const ids =
        ranked.best === null ? [] : [ranked.best, ...ranked.comparisons.map(({ setting }) => setting)];
      return {
        subject: answer.subject,
        metric: metric.name,
        reason: isReports ? answer.reason : null,
        cautions: isReports ? answer.cautions : [],
        edges: isReports ? answer.edges : [],
        command: isReports ? answer.command : null,
        settings: ids.slice(0, args.n).flatMap((id, rank) => {
          const setting = model.settings[id];
          if (!setting) return [];
          return [{ rank: rank + 1, tie: rank > 0 && ranked.ties.includes(id), ...setting }];
        }),
      };
    });
    if (args.json) console.log(JSON.stringify(subjects));
    else console.log(subjects.flatMap(subject => describe(subject, model)).join('\n'));
  },
};

function chosenMetric(model: ReportModel, { name, metric }: BestArguments) {
  const ranked = model.answers.find(answer => answer.metric !== null)?.metric;
  const wanted = model.metrics.find(each => each.name === (metric ?? ranked));
  if (wanted) return wanted;
  const known = model.metrics.map(each => each.name);
  if (metric !== undefined && known.length > 0) {
    throw new SweetspotError('E_USAGE', 'no such score in this sweep', {
      place: '--metric',
      allowed: `one of ${known.join(', ')}`,
      got: metric,
    });
  }
  throw new SweetspotError(
    'E_MISSING',
    'nothing was measured in this sweep that settings could be ranked by',
    {
      place: name,
      hint: 'Add `score: [clip_i, clip_t]` to the sweep file and run it again: no picture is made anew',
    },
  );
}

interface Ranked {
  subject: string;
  metric: MetricName;
  reason: string | null;
  cautions: string[];
  edges: ReportModel['answers'][number]['edges'];
  command: string | null;
  settings: (ReportSetting & { rank: number; tie: boolean })[];
}

function describe(
  { subject, metric, reason, cautions, edges, command, settings }: Ranked,
  model: ReportModel,
): string[] {
  const title = model.metrics.find(({ name }) => name === metric)?.title ?? metric;
  const [first] = settings;
  // Of another score than the report's nobody said that it finds one.
  const isNone = reason !== null && first !== undefined && !isSweetSpot(first);
  const lines = [
    `${isNone ? `No sweet spot yet for ${subject}: best so far` : `${subject},`} by ${title.toLowerCase()}:`,
  ];
  for (const setting of settings) {
    const score = setting.scores[metric];
    const interval = score
      ? `${score.mean.toFixed(3)} (95%: ${score.low.toFixed(3)} to ${score.high.toFixed(3)})`
      : '';
    const trials =
      setting.trials.length === 1 ? `trial ${setting.trials[0]}` : `trials ${setting.trials.join(', ')}`;
    const notes = [trials, setting.region, setting.tie ? 'cannot be told from the first' : null];
    lines.push(
      `  ${setting.rank}. ${capital(settingText(setting))}   ${interval}   ${notes.filter(Boolean).join(', ')}`,
    );
  }
  if (settings.length === 0) lines.push('  nothing measured yet');
  if (reason) lines.push('', `  ${reason}`);
  for (const caution of cautions) lines.push(`  ${caution}`);
  for (const { axis, value, side, lines: file } of edges) {
    lines.push(
      `  ${axis} ${formatValue(value)} is the ${side} that was tried. To go further:`,
      ...file.split('\n').map(line => `      ${line}`),
    );
  }
  if (command) {
    // Its folders are named from there.
    const heading = `  Train it for good, from the folder of ${model.sweep.file}:`;
    lines.push(
      '',
      heading,
      ...inOurWords(command)
        .split('\n')
        .map(line => `    ${line}`),
    );
  }
  return lines;
}

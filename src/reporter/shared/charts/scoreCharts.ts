import type { ChartConfiguration } from 'chart.js';
import type { PageData, PageSetting } from '../pageData.ts';
import { shorten } from '../text.ts';
import { baseOptions, type ReportChart, whiskers } from './chartBase.ts';
import { lineStyle } from './theme.ts';

/** More lines than this cannot be told apart. */
const MAX_LINES = 12;

/** Scores against steps, subject against prompt, and what each axis does: for every subject that was measured. */
export function scoreCharts(data: PageData): ReportChart[] {
  return data.subjects.flatMap(({ name }, i) => {
    const own = data.settings.filter(({ subject }) => subject === name);
    const whose = data.subjects.length > 1 ? ` of ${shorten(name, 60)}` : '';
    return [
      ...data.metrics.flatMap((_, metric) => againstSteps(data, own, { metric, i, whose })),
      ...frontChart(data, own, i, whose),
      ...effectCharts(data, name, i, whose),
    ];
  });
}

/** The scores that are worth a chart of their own: balance and what it is made of, then the rest. */
function againstSteps(
  { metrics }: PageData,
  settings: readonly PageSetting[],
  { metric, i, whose }: { metric: number; i: number; whose: string },
): ReportChart[] {
  const { name, title, higher } = metrics[metric] ?? { name: '', title: '', higher: true };
  const bases = settings.filter(({ untrained, scores }) => untrained && scores[metric]);
  /** Each line begins with the untrained model as its own sampler draws it. */
  const begun = (own: readonly PageSetting[]): PageSetting[] => {
    const base = bases.find(({ sampler }) => sampler === own[0]?.sampler) ?? bases[0];
    return [...(base ? [{ ...base, steps: 0 }] : []), ...own].sort((a, b) => a.steps - b.steps);
  };
  const lines = new Map<string, PageSetting[]>();
  for (const setting of settings) {
    if (setting.untrained || !setting.scores[metric]) continue;
    const text = setting.text.replace(/, [\d\u202f]+ steps/, '');
    lines.set(text, [...(lines.get(text) ?? []), setting]);
  }
  const steps = new Set(settings.flatMap(each => (each.untrained ? [] : [each.steps])));
  if (lines.size === 0 || steps.size < 2) return [];
  const shown = [...lines].slice(0, MAX_LINES);
  return [
    {
      id: `steps-${name.replaceAll('_', '-')}-${i + 1}`,
      title: `${title}${whose} against steps`,
      note: `${higher ? 'Higher' : 'Lower'} is better; lines through points are 95% intervals.${
        lines.size > MAX_LINES ? ` The first ${MAX_LINES} of ${lines.size} lines.` : ''
      }`,
      alt: `${title}${whose} against training steps. ${shown
        .map(
          ([text, own]) =>
            `${text}: ${own.map(each => `${each.scores[metric]?.[0].toFixed(3)} at ${each.steps}`).join(', ')}`,
        )
        .join('; ')}.`,
      height: 300,
      legend: shown.map(([text]) => text),
      wide: false,
      configuration: (theme, drawing): ChartConfiguration => ({
        type: 'line',
        data: {
          datasets: shown.map(([text, own], n) => {
            const { colour, dash } = lineStyle(theme, n);
            const points = begun(own);
            return {
              label: text,
              data: points.map(each => ({ x: each.steps, y: each.scores[metric]?.[0] ?? Number.NaN })),
              intervals: points.map(each => each.scores[metric]?.slice(1, 3) ?? null),
              whiskerColour: `${colour}99`,
              borderColor: colour,
              backgroundColor: colour,
              borderWidth: 2,
              borderDash: dash,
              pointRadius: 3.5,
              tension: 0,
            };
          }),
        },
        options: baseOptions(theme, drawing, { x: { title: 'training steps', min: 0 }, y: { title } }),
        plugins: [whiskers as never],
      }),
    },
  ];
}

const REGIONS = ['underfit', 'good', 'overfit'] as const;

function frontChart(
  { metrics }: PageData,
  settings: readonly PageSetting[],
  i: number,
  whose: string,
): ReportChart[] {
  const x = metrics.findIndex(({ name }) => name === 'clip_t');
  const y =
    ['dino_i', 'clip_i'].map(name => metrics.findIndex(metric => metric.name === name)).find(at => at >= 0) ??
    -1;
  const known = settings.filter(({ scores }) => scores[x] && scores[y]);
  if (x < 0 || y < 0 || known.length < 2) return [];
  const at = ({ scores }: PageSetting): { x: number; y: number } => ({
    x: scores[x]?.[0] ?? 0,
    y: scores[y]?.[0] ?? 0,
  });
  const front = known.filter(({ onFront }) => onFront).sort((a, b) => at(a).x - at(b).x);
  return [
    {
      id: `front-${i + 1}`,
      title: `Subject against prompt${whose}`,
      note: 'Every point a setting. Up: more of the subject; right: more of the prompt. The line joins those that no other beats in both (the Pareto front).',
      alt: `${metrics[y]?.title} against ${metrics[x]?.title}. On the front: ${front
        .map(each => `${each.text} (${at(each).x.toFixed(3)}, ${at(each).y.toFixed(3)})`)
        .slice(0, 12)
        .join('; ')}.`,
      height: 340,
      wide: false,
      configuration: (theme, drawing): ChartConfiguration => ({
        type: 'scatter',
        data: {
          datasets: [
            {
              type: 'line' as const,
              label: 'Pareto front',
              data: front.map(at),
              borderColor: theme.text,
              borderWidth: 1.5,
              borderDash: [4, 4],
              pointRadius: 0,
              pointStyle: 'line',
              tension: 0,
            },
            ...[null, ...REGIONS].flatMap((region, n) => {
              const own = known.filter(each => each.region === region);
              if (own.length === 0) return [];
              const name = region ?? (own.every(({ untrained }) => untrained) ? 'untrained' : 'not named');
              const colour = [theme.text, theme.lines[2], theme.accent, theme.lines[1]][n] ?? theme.text;
              return [
                {
                  label: name,
                  data: own.map(each => ({ ...at(each), text: each.text })),
                  backgroundColor: colour,
                  borderColor: theme.background,
                  borderWidth: 1,
                  pointRadius: 5.5,
                  pointHoverRadius: 7,
                  pointStyle: (['rectRot', 'triangle', 'circle', 'rect'] as const)[n] ?? 'circle',
                },
              ];
            }),
          ],
        } as unknown as ChartConfiguration['data'],
        options: withPoints(
          baseOptions(theme, drawing, {
            x: { title: metrics[x]?.title ?? '' },
            y: { title: metrics[y]?.title ?? '' },
          }),
        ),
      }),
    },
  ];
}

/** Pointing at a point names its setting; the legend shows what points look like. */
function withPoints(options: ReturnType<typeof baseOptions>): ReturnType<typeof baseOptions> {
  const label = ({ raw }: { raw: unknown }): string => {
    const { text = '', x = 0, y = 0 } = raw as { text?: string; x?: number; y?: number };
    return `${text}: ${x.toFixed(3)}, ${y.toFixed(3)}`;
  };
  return {
    ...options,
    plugins: {
      ...options.plugins,
      legend: {
        ...options.plugins?.legend,
        labels: {
          ...options.plugins?.legend?.labels,
          usePointStyle: true,
          boxHeight: 8,
        },
      },
      tooltip: { ...options.plugins?.tooltip, callbacks: { label } },
    },
  } as ReturnType<typeof baseOptions>;
}

function effectCharts(
  { effects, metrics, answers }: PageData,
  subject: string,
  i: number,
  whose: string,
): ReportChart[] {
  const wanted = answers.find(answer => answer.subject === subject)?.metric ?? metrics[0]?.name;
  const found = effects.find(effect => effect.subject === subject && effect.metric === wanted);
  const metric = metrics.find(({ name }) => name === wanted);
  if (!found || !metric) return [];
  const levels = found.axes.flatMap(({ axis, levels: own }) =>
    own.map(({ level, estimate }) => ({ label: `${axis} ${level}`, axis, estimate })),
  );
  return [
    {
      id: `importance-${i + 1}`,
      title: `What matters${whose}`,
      note: `Share of the differences in ${metric.title.toLowerCase()} that each axis explains by itself, with 95% intervals over prompts and seeds. What is left is how axes act together.`,
      alt: `Importance for ${metric.title}: ${found.axes.map(({ axis, importance: [mean, low, high] }) => `${axis} ${percent(mean)} (${percent(low)} to ${percent(high)})`).join('; ')}.`,
      height: 110 + 44 * found.axes.length,
      wide: false,
      configuration: (theme, drawing): ChartConfiguration => ({
        type: 'bar',
        data: {
          labels: found.axes.map(({ axis }) => axis),
          datasets: [
            {
              label: 'share explained',
              data: found.axes.map(({ importance }) => importance[0]),
              intervals: found.axes.map(({ importance }) => importance.slice(1, 3)),
              whiskerColour: theme.strong,
              backgroundColor: theme.accent,
              borderRadius: 4,
              maxBarThickness: 22,
            },
          ],
        } as unknown as ChartConfiguration['data'],
        options: baseOptions(theme, drawing, {
          x: { title: 'share explained', min: 0, max: 1 },
          y: { title: '', category: true },
          legend: false,
          horizontal: true,
        }),
        plugins: [whiskers as never],
      }),
    },
    {
      id: `effects-${i + 1}`,
      title: `Main effects on ${metric.title.toLowerCase()}${whose}`,
      note: 'Mean over everything else at each value, with 95% intervals over prompts and seeds.',
      alt: `Main effects on ${metric.title}: ${levels
        .map(({ label, estimate: [mean] }) => `${label}: ${mean.toFixed(3)}`)
        .slice(0, 24)
        .join('; ')}.`,
      height: 90 + 26 * levels.length,
      wide: false,
      configuration: (theme, drawing): ChartConfiguration => ({
        type: 'bar',
        data: {
          labels: levels.map(({ label }) => label),
          datasets: [
            {
              label: metric.title,
              data: levels.map(({ estimate }) => estimate[0]),
              intervals: levels.map(({ estimate }) => estimate.slice(1, 3)),
              whiskerColour: theme.strong,
              backgroundColor: levels.map(
                ({ axis }) =>
                  lineStyle(
                    theme,
                    found.axes.findIndex(each => each.axis === axis),
                  ).colour,
              ),
              borderRadius: 4,
              maxBarThickness: 16,
            },
          ],
        } as unknown as ChartConfiguration['data'],
        options: baseOptions(theme, drawing, {
          x: { title: metric.title },
          y: { title: '', category: true },
          legend: false,
          horizontal: true,
        }),
        plugins: [whiskers as never],
      }),
    },
  ];
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;

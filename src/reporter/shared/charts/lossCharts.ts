import type { ChartConfiguration } from 'chart.js';
import type { PageData, PageTrajectory } from '../pageData.ts';
import { shorten } from '../text.ts';
import { baseOptions, type ReportChart } from './chartBase.ts';
import { lineStyle } from './theme.ts';

/** With more trainings than this a legend would be all there is to see. */
const MAX_NAMES = 24;

/** Loss against step, and the learning rate where it moves: one chart each for every subject. */
export function lossCharts({ trajectories, subjects }: PageData): ReportChart[] {
  return subjects.flatMap(({ name }, i) => {
    const own = trajectories.filter(({ subjects: of, losses }) => of.includes(name) && losses.length > 0);
    if (own.length === 0) return [];
    const whose = subjects.length > 1 ? ` of ${shorten(name, 60)}` : '';
    const moving = own.filter(({ schedule }) => schedule.length > 0);
    return [lossChart(own, i, whose), ...(moving.length > 0 ? [rateChart(moving, i, whose)] : [])];
  });
}

function lossChart(own: readonly PageTrajectory[], i: number, whose: string): ReportChart {
  const ends = own.map(({ text, losses }) => {
    const [step = 0, , smoothed = 0] = losses.at(-1) ?? [];
    return `${text}: ${smoothed.toFixed(4)} at step ${step}`;
  });
  return {
    id: `loss-${i + 1}`,
    title: `Training loss${whose}`,
    note: 'Faint: every step; strong: averaged over about 20. Each step draws its own noise, so a lower curve does not promise better pictures; one that rises or breaks off does tell of a rate that is too high.',
    alt: `Training loss${whose} against step. Smoothed loss at the end: ${ends.slice(0, 12).join('; ')}.`,
    height: 362,
    ...(own.length <= MAX_NAMES ? { legend: own.map(({ text }) => text) } : {}),
    wide: true,
    configuration: (theme, drawing): ChartConfiguration => {
      const faint = Math.round(255 * Math.max(0.06, 0.3 / Math.sqrt(own.length)))
        .toString(16)
        .padStart(2, '0');
      const top = Math.max(...own.flatMap(({ losses }) => losses.map(([, , smoothed]) => smoothed)));
      const highest = Math.max(...own.flatMap(({ losses }) => losses.map(([, loss]) => loss)));
      const last = Math.max(...own.map(({ losses }) => losses.at(-1)?.[0] ?? 0));
      const shared = { pointRadius: 0, tension: 0, borderJoinStyle: 'round' as const };
      return {
        type: 'line',
        data: {
          datasets: own.flatMap(({ text, losses }, n) => {
            const { colour, dash } = lineStyle(theme, n);
            return [
              {
                ...shared,
                label: `.${text}`,
                data: losses.map(([x, y]) => ({ x, y })),
                borderColor: `${colour}${faint}`,
                borderWidth: 1,
                order: 2,
              },
              {
                ...shared,
                label: text,
                data: losses.map(([x, , y]) => ({ x, y })),
                borderColor: colour,
                borderWidth: 2.25,
                borderDash: dash,
                order: 1,
              },
            ];
          }),
        },
        options: baseOptions(theme, drawing, {
          x: { title: 'step', min: 0, max: last },
          y: { title: 'loss', min: 0, max: Math.min(highest, 2.5 * top) * 1.03 },
          legend: own.length <= MAX_NAMES,
        }),
      };
    },
  };
}

const rateChart = (own: readonly PageTrajectory[], i: number, whose: string): ReportChart => ({
  id: `rate-${i + 1}`,
  title: `Learning rate${whose}`,
  note: 'Where the schedule moves it; constant rates are not drawn.',
  alt: `Learning rate${whose} against step, for ${own.length} trainings.`,
  height: 300,
  legend: own.map(({ text }) => text),
  wide: false,
  configuration: (theme, drawing): ChartConfiguration => ({
    type: 'line',
    data: {
      datasets: own.map(({ text, schedule }, n) => {
        const { colour, dash } = lineStyle(theme, n);
        return {
          label: text,
          data: schedule.map(([x, y]) => ({ x, y })),
          borderColor: colour,
          borderWidth: 2,
          borderDash: dash,
          pointRadius: 0,
          tension: 0,
        };
      }),
    },
    options: baseOptions(theme, drawing, {
      x: { title: 'step', min: 0 },
      y: { title: 'learning rate', min: 0 },
    }),
  }),
});

import type { ChartConfiguration } from 'chart.js';
import type { PageData } from '../pageData.ts';
import { duration, thousands } from '../text.ts';
import { baseOptions, type ReportChart } from './chartBase.ts';
import { lineStyle } from './theme.ts';

export const KIND_NAMES: Record<string, string> = {
  'class-images': 'class images',
  'textual-inversion': 'Textual Inversion',
  dreambooth: 'DreamBooth',
  sample: 'pictures',
  score: 'scores',
};

/** Where the time went, and what sharing saved. */
export function workCharts({ steps, slots }: PageData): ReportChart[] {
  return [...savedChart(steps), ...slotChart(slots)];
}

function savedChart({ naive, planned }: PageData['steps']): ReportChart[] {
  if (naive <= planned) return [];
  return [
    {
      id: 'steps-saved',
      title: 'Steps saved by sharing',
      note: 'Trials that differ only in their steps are one training with snapshots on the way.',
      alt: `Trial by trial ${thousands(naive)} training steps, shared ${thousands(planned)}.`,
      height: 190,
      wide: false,
      configuration: (theme, drawing): ChartConfiguration => ({
        type: 'bar',
        data: {
          labels: ['trial by trial', 'shared'],
          datasets: [
            {
              label: 'training steps',
              data: [naive, planned],
              backgroundColor: [`${theme.text}88`, theme.accent],
              borderRadius: 4,
              maxBarThickness: 30,
            },
          ],
        },
        options: baseOptions(theme, drawing, {
          x: { title: 'training steps', min: 0 },
          y: { title: '', category: true },
          legend: false,
          horizontal: true,
        }),
      }),
    },
  ];
}

function slotChart(slots: PageData['slots']): ReportChart[] {
  if (slots.length === 0) return [];
  const names = [...new Set(slots.map(({ slot }) => slot))];
  const kinds = [...new Set(slots.map(({ kind }) => kind))];
  const seconds = (slot: string | null, kind: string): number =>
    slots.find(each => each.slot === slot && each.kind === kind)?.seconds ?? 0;
  const name = (slot: string | null): string => (slot === null ? 'all work' : `slot ${slot}`);
  return [
    {
      id: 'time-per-slot',
      title: names.length > 1 ? 'Time per slot' : 'Where the time went',
      note: 'Computing time of everything on this page, by what it was spent on.',
      alt: slots
        .map(
          ({ slot, kind, seconds: spent }) =>
            `${name(slot)}, ${KIND_NAMES[kind] ?? kind}: ${duration(spent)}`,
        )
        .join('; '),
      height: 150 + 36 * names.length,
      wide: false,
      configuration: (theme, drawing): ChartConfiguration => ({
        type: 'bar',
        data: {
          labels: names.map(name),
          datasets: kinds.map((kind, n) => ({
            label: KIND_NAMES[kind] ?? kind,
            data: names.map(slot => seconds(slot, kind) / 60),
            backgroundColor: lineStyle(theme, n).colour,
            maxBarThickness: 30,
          })),
        },
        options: withBoxes(
          baseOptions(theme, drawing, {
            x: { title: 'minutes', min: 0, stacked: true },
            y: { title: '', category: true, stacked: true },
            horizontal: true,
          }),
        ),
      }),
    },
  ];
}

/** Bars have boxes in the legend, not lines. */
function withBoxes(options: ReturnType<typeof baseOptions>): ReturnType<typeof baseOptions> {
  const legend = options.plugins?.legend;
  return {
    ...options,
    plugins: {
      ...options.plugins,
      legend: { ...legend, labels: { ...legend?.labels, boxWidth: 12, boxHeight: 12 } },
    },
  } as ReturnType<typeof baseOptions>;
}

import type { ChartConfiguration, ChartOptions } from 'chart.js';
import type { Theme } from './theme.ts';

export const FONT = 'DejaVu Sans';

export interface Drawing {
  /** CSS pixels. */
  width: number;
  /** In a browser, where charts follow their frame and answer the pointer; else drawn once. */
  live: boolean;
}

/** One chart: the same in the page, in report.md and for readers without scripts. */
export interface ReportChart {
  /** Unique, and a file name. */
  id: string;
  title: string;
  /** How to read it, in a sentence or two. */
  note: string;
  /** What it says, for those who cannot see it. */
  alt: string;
  /** CSS pixels, with a legend of one row; see {@link chartHeight}. */
  height: number;
  /** The names in its legend; none where it has none, or one row always. */
  legend?: readonly string[];
  /** Takes the whole width of the page. */
  wide: boolean;
  configuration(theme: Theme, drawing: Drawing): ChartConfiguration;
}

/** Of the legend, as chart.js lays it out with the options below. */
const LEGEND = { row: 24, box: 22, padding: 12, font: 12, character: 6.6 };

/** What a chart needs to be tall at a width, so that its legend leaves out no name and its lines keep their room. */
export function chartHeight(
  { height, legend = [] }: Pick<ReportChart, 'height' | 'legend'>,
  width: number,
): number {
  const { row, box, padding, font, character } = LEGEND;
  let rows = 1;
  let used = padding;
  for (const name of legend) {
    const item = box + font / 2 + character * name.length + padding;
    if (used > padding && used + item + padding > width - 20) {
      rows += 1;
      used = padding;
    }
    used += item;
  }
  return height + (rows - 1) * row;
}

const familyOf = ({ live }: Drawing): string =>
  live ? 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif' : FONT;

interface AxisChoice {
  title: string;
  min?: number;
  max?: number;
  log?: boolean;
  category?: boolean;
  /** Stacked bars. */
  stacked?: boolean;
}

export function axisOptions(theme: Theme, drawing: Drawing, choice: AxisChoice): Record<string, unknown> {
  const font = { family: familyOf(drawing), size: 12 };
  return {
    type: choice.category ? 'category' : choice.log ? 'logarithmic' : 'linear',
    ...(choice.min === undefined ? {} : { min: choice.min }),
    ...(choice.max === undefined ? {} : { max: choice.max }),
    stacked: choice.stacked ?? false,
    title: { display: choice.title !== '', text: choice.title, color: theme.text, font },
    grid: { color: theme.grid, tickLength: 4 },
    border: { color: theme.grid },
    ticks: {
      color: theme.text,
      font: { ...font, size: 11 },
      maxTicksLimit: 9,
      maxRotation: 0,
      includeBounds: false,
    },
  };
}

/** What all charts have in common. */
export function baseOptions(
  theme: Theme,
  drawing: Drawing,
  {
    x,
    y,
    legend = true,
    horizontal = false,
  }: { x: AxisChoice; y: AxisChoice; legend?: boolean; horizontal?: boolean },
): ChartOptions {
  const family = familyOf(drawing);
  return {
    responsive: drawing.live,
    maintainAspectRatio: false,
    animation: false,
    indexAxis: horizontal ? 'y' : 'x',
    ...(drawing.live ? {} : { devicePixelRatio: 2 }),
    layout: { padding: { top: 8, right: 16, bottom: 4, left: 4 } },
    font: { family, size: 12 },
    color: theme.text,
    scales: { x: axisOptions(theme, drawing, x), y: axisOptions(theme, drawing, y) },
    interaction: { mode: 'nearest', intersect: false, axis: 'xy' },
    plugins: {
      legend: {
        display: legend,
        position: 'bottom',
        align: 'start',
        // Else half of the chart, and names beyond that are not drawn.
        maxHeight: 2000,
        labels: {
          color: theme.text,
          font: { family, size: 12 },
          boxWidth: LEGEND.box,
          boxHeight: 0,
          padding: LEGEND.padding,
          // Helper lines (raw curves, intervals) have names that begin with a dot.
          filter: ({ text }: { text: string }) => !text.startsWith('.'),
        },
      },
      tooltip: { filter: ({ dataset }) => !(dataset.label ?? '').startsWith('.') },
    },
  } as ChartOptions;
}

/** Draws intervals as thin vertical lines through the points of datasets that carry `low` and `high`. */
export const whiskers = {
  id: 'whiskers',
  afterDatasetsDraw(chart: {
    ctx: Whisker;
    scales: Record<string, { getPixelForValue(value: number): number }>;
    data: { datasets: unknown[] };
    options: { indexAxis?: string };
    isDatasetVisible(index: number): boolean;
    getDatasetMeta(index: number): { data: { x: number; y: number }[] };
  }): void {
    const flat = chart.options.indexAxis === 'y';
    const scale = flat ? chart.scales.x : chart.scales.y;
    for (const [i, dataset] of chart.data.datasets.entries()) {
      const { intervals, whiskerColour } = dataset as {
        intervals?: ([number, number] | null)[];
        whiskerColour?: string;
      };
      if (!intervals || !scale || !chart.isDatasetVisible(i)) continue;
      const { ctx } = chart;
      ctx.save();
      ctx.strokeStyle = whiskerColour ?? '#888';
      ctx.lineWidth = 1.5;
      for (const [j, element] of chart.getDatasetMeta(i).data.entries()) {
        const interval = intervals[j];
        if (!interval) continue;
        const [low, high] = interval.map(value => scale.getPixelForValue(value));
        if (low === undefined || high === undefined) continue;
        ctx.beginPath();
        if (flat) {
          ctx.moveTo(low, element.y);
          ctx.lineTo(high, element.y);
        } else {
          ctx.moveTo(element.x, low);
          ctx.lineTo(element.x, high);
        }
        ctx.stroke();
      }
      ctx.restore();
    }
  },
};

/** The part of a canvas context that is used here: these modules run where no browser's types are loaded. */
interface Whisker {
  strokeStyle: unknown;
  lineWidth: number;
  save(): void;
  restore(): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
}

import { createRequire } from 'node:module';
import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import sharp from 'sharp';
import type { ReportTrajectory } from '../model/reportModel.ts';
import { settingsText } from '../shared/text.ts';

const FONT = 'DejaVu Sans';

/** Device pixels per CSS pixel, for sharp screens. */
const SCALE = 2;

/** Enough for eight lines, their faint doubles, and the soft edges of text. */
const COLOURS = 256;

interface Theme {
  background: string;
  text: string;
  grid: string;
  /** Told apart by lightness, too; repeated, dashed, where there are more lines. */
  lines: readonly string[];
}

export const THEMES: Record<'light' | 'dark', Theme> = {
  light: {
    background: '#ffffff',
    text: '#4a5260',
    grid: '#e7eaee',
    lines: ['#0b7a75', '#d1495b', '#30499b', '#c98a00', '#7b3f9d', '#3d8b37', '#1583b7', '#8a5a44'],
  },
  dark: {
    background: '#171b22',
    text: '#aab3c0',
    grid: '#2a313b',
    lines: ['#4fd1c5', '#ff8a98', '#8fa6ff', '#f2c14e', '#cf9bef', '#8fd688', '#68c4f2', '#d1a58c'],
  },
};

export interface ChartSize {
  /** CSS pixels. */
  width: number;
  height: number;
}

/**
 * Loss against step, one colour a training: every step's loss faint, the smoothed loss strong. The vertical axis ends
 * where the smoothed curves do, with some room; single spikes are cut off there.
 *
 * @returns a PNG of twice the size in pixels, with a palette: a third of the bytes
 */
export async function lossChart(
  trajectories: readonly ReportTrajectory[],
  { size, theme: name }: { size: ChartSize; theme: 'light' | 'dark' },
): Promise<Buffer> {
  const theme = THEMES[name];
  const faint = faintness(trajectories.length);
  const datasets = trajectories.flatMap((trajectory, i) => curves(trajectory, i, { theme, faint }));
  const top = Math.max(...trajectories.flatMap(({ losses }) => losses.map(({ smoothed }) => smoothed)));
  const highest = Math.max(...trajectories.flatMap(({ losses }) => losses.map(({ loss }) => loss)));
  const configuration: ChartConfiguration<'line'> = {
    type: 'line',
    data: { datasets },
    options: {
      responsive: false,
      animation: false,
      devicePixelRatio: SCALE,
      layout: { padding: { top: 8, right: 16, bottom: 4, left: 4 } },
      font: { family: FONT, size: 12 },
      color: theme.text,
      scales: {
        x: axis(theme, 'step', { max: Math.max(...trajectories.map(lastStep)) }),
        y: axis(theme, 'loss', { max: Math.min(highest, 2.5 * top) * 1.03 }),
      },
      plugins: {
        legend: {
          position: 'bottom',
          align: 'start',
          labels: {
            color: theme.text,
            font: { family: FONT, size: 12 },
            boxWidth: 24,
            boxHeight: 0,
            padding: 14,
            filter: ({ datasetIndex }) => (datasetIndex ?? 0) % 2 === 1,
          },
        },
      },
    },
    plugins: [background(theme)],
  };
  const png = renderer(size).renderToBufferSync(configuration, 'image/png');
  return sharp(png).png({ palette: true, colours: COLOURS, effort: 7 }).toBuffer();
}

const lastStep = ({ losses }: ReportTrajectory): number => losses.at(-1)?.step ?? 0;

/** Opacity of raw curves, as two hex digits: the more of them, the fainter, or they would cover what they are about. */
const faintness = (curves: number): string =>
  Math.round(255 * Math.max(0.08, 0.34 / Math.sqrt(curves)))
    .toString(16)
    .padStart(2, '0');

/** The raw curve and, above it, the smoothed one. */
function curves(
  { losses, values, learningRate }: ReportTrajectory,
  i: number,
  { theme, faint }: { theme: Theme; faint: string },
): ChartDataset<'line'>[] {
  const colour = theme.lines[i % theme.lines.length] ?? theme.text;
  const dashes = Math.floor(i / theme.lines.length);
  const label = settingsText('learning_rate' in values ? values : { learning_rate: learningRate, ...values });
  const shared = { label, pointRadius: 0, tension: 0, borderJoinStyle: 'round' as const };
  return [
    {
      ...shared,
      data: losses.map(({ step, loss }) => ({ x: step, y: loss })),
      borderColor: `${colour}${faint}`,
      borderWidth: 1,
      order: 2,
    },
    {
      ...shared,
      data: losses.map(({ step, smoothed }) => ({ x: step, y: smoothed })),
      borderColor: colour,
      borderWidth: 2.25,
      borderDash: dashes === 0 ? [] : [6, 2 + 2 * dashes],
      order: 1,
    },
  ];
}

const axis = (theme: Theme, title: string, { max }: { max: number }) => ({
  type: 'linear' as const,
  min: 0,
  max,
  title: { display: true, text: title, color: theme.text, font: { family: FONT, size: 12 } },
  grid: { color: theme.grid, tickLength: 4 },
  border: { color: theme.grid },
  ticks: {
    color: theme.text,
    font: { family: FONT, size: 11 },
    maxTicksLimit: 9,
    maxRotation: 0,
    includeBounds: false,
  },
});

const background = ({ background }: Theme) => ({
  id: 'background',
  beforeDraw({ ctx, width, height }: { ctx: CanvasRenderingContext; width: number; height: number }): void {
    ctx.save();
    ctx.fillStyle = background;
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
});

/** The part of a canvas context that the background needs; the browser's types are not loaded here. */
interface CanvasRenderingContext {
  fillStyle: unknown;
  save(): void;
  restore(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
}

interface CanvasModule {
  GlobalFonts?: { registerFromPath(path: string, family: string): unknown };
}

const renderers = new Map<string, ChartJSNodeCanvas>();

/**
 * One renderer a size: each loads its own copy of the canvas module. The font comes with the package, so that a bare
 * machine draws the same pixels. Skia's binding, which stands in for node-canvas, registers fonts in a way of its own.
 */
function renderer({ width, height }: ChartSize): ChartJSNodeCanvas {
  const id = `${width}x${height}`;
  let known = renderers.get(id);
  if (!known) {
    known = new ChartJSNodeCanvas({ width, height });
    const require = createRequire(import.meta.url);
    const font = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
    const { GlobalFonts } = createRequire(require.resolve('chartjs-node-canvas'))('canvas') as CanvasModule;
    if (GlobalFonts) GlobalFonts.registerFromPath(font, FONT);
    else known.registerFont(font, { family: FONT });
    renderers.set(id, known);
  }
  return known;
}

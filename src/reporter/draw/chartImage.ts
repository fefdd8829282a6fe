import { createRequire } from 'node:module';
import { ChartJSNodeCanvas } from 'chartjs-node-canvas';
import sharp from 'sharp';
import { chartHeight, FONT, type ReportChart } from '../shared/charts/chartBase.ts';
import { THEMES } from '../shared/charts/theme.ts';

/** Enough for eight lines, their faint doubles, and the soft edges of text. */
const COLOURS = 128;

/** CSS pixels. */
export const CHART_WIDTH = { wide: 1080, half: 720 };

export interface ChartImage {
  png: Buffer;
  /** CSS pixels; the picture has twice as many each way. */
  width: number;
  height: number;
}

/** Draws a chart without a browser, on white, as a PNG with a palette (a third of the bytes). */
export async function chartImage(chart: ReportChart): Promise<ChartImage> {
  const width = chart.wide ? CHART_WIDTH.wide : CHART_WIDTH.half;
  const height = chartHeight(chart, width);
  const theme = THEMES.light;
  const configuration = chart.configuration(theme, { width, live: false });
  const png = renderer({ width, height }).renderToBufferSync(
    { ...configuration, plugins: [...(configuration.plugins ?? []), background(theme.background)] },
    'image/png',
  );
  return {
    png: await sharp(png).png({ palette: true, colours: COLOURS, effort: 4 }).toBuffer(),
    width,
    height,
  };
}

const background = (colour: string) => ({
  id: 'background',
  beforeDraw({ ctx, width, height }: { ctx: CanvasRenderingContext; width: number; height: number }): void {
    ctx.save();
    ctx.fillStyle = colour;
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
function renderer({ width, height }: { width: number; height: number }): ChartJSNodeCanvas {
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

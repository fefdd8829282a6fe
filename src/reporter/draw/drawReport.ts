import type { ReportModel } from '../model/reportModel.ts';
import type { Measured } from '../model/reportSettings.ts';
import { chartList } from '../shared/charts/chartList.ts';
import { makeAssets } from './assets.ts';
import { chartImage } from './chartImage.ts';
import type { DrawnChart } from './chartSection.ts';
import { drawMarkdown } from './drawMarkdown.ts';
import { drawNotes } from './drawNotes.ts';
import { drawPage } from './drawPage.ts';
import { pageData } from './pageData.ts';
import { pageScripts } from './pageScripts.ts';

export interface ReportFile {
  /** Relative to the folder of the report. */
  path: string;
  content: string | Buffer;
}

/** The page, the same for a repository (report.md with its charts), and the pictures beside them. */
export async function drawReport(
  { model, measured }: { model: ReportModel; measured: Measured },
  places: { pageDir: string; cache: string },
): Promise<ReportFile[]> {
  const assets = await makeAssets(model, places);
  const data = pageData(model, assets);
  const charts: DrawnChart[] = [];
  for (const chart of chartList(data)) charts.push({ chart, image: await chartImage(chart) });
  const sources = { model, measured, assets, charts };
  const notes = drawNotes(sources);
  const page = await drawPage({ model, assets, data, charts, notes, scripts: await pageScripts() });
  return [
    ...charts.map(({ chart, image }) => ({ path: `charts/${chart.id}.png`, content: image.png })),
    { path: 'report.md', content: drawMarkdown(sources) },
    { path: 'index.html', content: page },
  ];
}

import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { ReportModel } from '../model/reportModel.ts';
import type { PageData } from '../shared/pageData.ts';
import { literal } from '../shared/text.ts';
import { answerSection } from './answerSection.ts';
import type { Assets } from './assets.ts';
import { chartNotes } from './chartNotes.ts';
import { chartSection, type DrawnChart } from './chartSection.ts';
import { gridSection } from './gridSection.ts';
import { headerSection } from './headerSection.ts';
import { mapSection } from './mapSection.ts';
import type { Markup } from './markup.ts';
import { navigation } from './navigation.ts';
import { provenanceSection } from './provenanceSection.ts';
import { STYLES } from './styles.ts';
import { trialTable } from './trialTable.ts';

export interface PageParts {
  model: ReportModel;
  assets: Assets;
  data: PageData;
  charts: readonly DrawnChart[];
  /** The sweep's own words, drawn; null without. */
  notes: Markup | null;
  /** chart.js, then the page's own script. */
  scripts: readonly string[];
}

/**
 * The whole page as one HTML document. Its policy allows the style sheet and the scripts that are in it, pictures in it
 * and those beside it; nothing else is ever fetched or run.
 */
export async function drawPage({ model, assets, data, charts, notes, scripts }: PageParts): Promise<string> {
  const sections = {
    answer: answerSection(model, assets),
    notes:
      notes === null
        ? ''
        : html`<section id="notes" aria-label="Notes"><div class="article">${notes}</div></section>`,
    map: mapSection(model),
  };
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${literal(model.sweep.name)}: sweetspot report</title>
<style>${raw(STYLES)}</style>
</head>
<body>
<a class="skip" href="#pictures">Skip to the pictures</a>
${headerSection(model)}
${navigation({ notes: notes !== null, map: sections.map !== '' })}
<main>
${sections.answer}
${sections.notes}
${gridSection(model, assets)}
${sections.map}
${trialTable(model, assets)}
${chartSection(charts, chartNotes(model))}
${provenanceSection(model, assets)}
</main>
<script type="application/json" id="data">${raw(inScript(data))}</script>
${scripts.map(script => html`<script>${raw(script)}</script>`)}
</body>
</html>
`;
  return String(await page);
}

/** JSON that no text in it can end: every `<` is written as an escape. */
const inScript = (data: PageData): string =>
  JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');

const policy = (scripts: readonly string[]): string =>
  [
    "default-src 'none'",
    "img-src data: 'self' file:",
    `style-src 'sha256-${sha256(STYLES)}'`,
    `script-src ${scripts.map(script => `'sha256-${sha256(script)}'`).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

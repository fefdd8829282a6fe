import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { ReportModel } from '../model/reportModel.ts';
import { literal } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { CLIENT_SCRIPT } from './clientScript.ts';
import { gridSection } from './gridSection.ts';
import { headerSection } from './headerSection.ts';
import { lossSection } from './lossSection.ts';
import { provenanceSection } from './provenanceSection.ts';
import { STYLES } from './styles.ts';
import { trialTable } from './trialTable.ts';

/**
 * The whole page as one HTML document. Its policy allows the style sheet and the script that are in it, pictures in it
 * and, where there are originals beside it, those; nothing else is ever fetched or run.
 */
export async function drawPage(model: ReportModel, assets: Assets): Promise<string> {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${literal(model.sweep.name)}: sweetspot report</title>
<style>${raw(STYLES)}</style>
</head>
<body>
<a class="skip" href="#pictures">Skip to the pictures</a>
${headerSection(model)}
<main>
${gridSection(model, assets)}
${await lossSection(model)}
${trialTable(model, assets)}
${provenanceSection(model)}
</main>
${lightBox(model)}
<script>${raw(CLIENT_SCRIPT)}</script>
</body>
</html>
`;
  return String(await page);
}

/** Where arrow keys lead: `left` and `right` along a row, `up` and `down` along a column. */
const lightBox = ({ seeds }: ReportModel) => html`
<dialog aria-label="Picture">
  <div class="stage"><img alt=""></div>
  <div class="words" aria-live="polite"></div>
  <div class="keys">
    <button type="button" data-move="left" aria-label="Picture to the left">←</button>
    <button type="button" data-move="right" aria-label="Picture to the right">→</button>
    <button type="button" data-move="up" aria-label="Picture above">↑</button>
    <button type="button" data-move="down" aria-label="Picture below">↓</button>
    ${seeds.length > 1 ? html`<button type="button" data-move="seed" aria-keyshortcuts="s">Next seed</button>` : ''}
    <button type="button" value="close">Close</button>
  </div>
</dialog>`;

function policy({ pictures }: Assets): string {
  const beside = [...pictures.values()].some(({ original }) => original !== null);
  return [
    "default-src 'none'",
    beside ? "img-src data: 'self' file:" : 'img-src data:',
    `style-src 'sha256-${sha256(STYLES)}'`,
    `script-src 'sha256-${sha256(CLIENT_SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

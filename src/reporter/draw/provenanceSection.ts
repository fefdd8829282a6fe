import { html } from 'hono/html';
import type { ReportModel } from '../model/reportModel.ts';
import { count, duration, literal, shorten, utc } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { each, type Markup, own } from './markup.ts';

const KINDS: Record<string, string> = {
  'class-images': 'class-image blocks',
  'textual-inversion': 'embeddings',
  score: 'scores',
  dreambooth: 'snapshots',
  sample: 'pictures',
};

/** Where everything on the page comes from: enough to make it again. */
export function provenanceSection(model: ReportModel, assets: Assets): Markup {
  return html`
<section id="provenance" aria-labelledby="provenance-title">
  <div class="head"><h2 id="provenance-title">Provenance</h2></div>
  <div class="columns">
    <table class="plain"><caption class="vh">How the results were computed</caption><tbody>${each(
      rows(model),
      ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
    )}</tbody></table>
    <div>
      <h3 id="file-title">Sweep file <code>${own(literal(model.sweep.file))}</code></h3>
      <pre tabindex="0" role="region" aria-labelledby="file-title" dir="auto">${literal(model.sweep.text)}</pre>
      ${model.sweep.commandLine.length === 0 ? '' : html`<p class="note">Changed on the command line: <code>${own(literal(model.sweep.commandLine.join(' ')))}</code></p>`}
      <details><summary>As it was understood: every option</summary><pre tabindex="0" dir="auto">${literal(model.sweep.resolved)}</pre></details>
    </div>
  </div>
  ${logs(model)}
  ${notice(model)}
  <p class="note files">${
    assets.inline
      ? 'This page holds everything it shows; full-size originals lie in images/ beside it.'
      : 'The pictures of this page are many: they lie in images/ beside it. Keep the two together.'
  }</p>
</section>`;
}

function rows({ model, subjects, provenance }: ReportModel): [string, Markup | string][] {
  const { backends, versions, tools, stages, computeSeconds, firstStartedAt, lastFinishedAt } = provenance;
  const digest = model.digest;
  return [
    ['Base model', own(literal(model.name))],
    ...(digest === null
      ? []
      : ([['Model digest', html`<code title="${digest}">${digest.slice(0, 16)}…</code>`]] as [
          string,
          Markup,
        ][])),
    [
      'Subjects',
      html`${each(subjects, ({ name, photos }) => html`<div>${own(literal(name))}, ${count(photos.length, 'photo')}</div>`)}`,
    ],
    [
      'Computed on',
      html`${backends.length === 0 ? 'nothing computed yet' : each(backends, each => html`<div>${literal(each)}</div>`)}${
        backends.length > 1
          ? html`<div class="note">Stages of different settings are mixed here: their results may differ in the last digits.</div>`
          : ''
      }`,
    ],
    [
      'Stages',
      html`${each(stages, ({ kind, done, total }) => html`<div>${done === total ? total : `${done} of ${total}`} ${KINDS[kind] ?? kind}</div>`)}`,
    ],
    ...(provenance.reused > 0
      ? ([['Reused', `${count(provenance.reused, 'stage')} made by earlier sweeps`]] as [string, string][])
      : []),
    ['Computing time', `${duration(computeSeconds)} in all stages`],
    ['First started', firstStartedAt === null ? '–' : utc(firstStartedAt)],
    ['Last finished', lastFinishedAt === null ? '–' : utc(lastFinishedAt)],
    ['sweetspot', literal(tools.join(', ')) || '–'],
    [
      'Versions',
      html`${each(Object.entries(versions), ([name, found]) => html`<div>${literal(name)} ${literal(found.join(', '))}</div>`)}`,
    ],
  ];
}

/** What the workers printed last, of every failure that left something. */
function logs({ failures }: ReportModel): Markup | '' {
  const known = failures.flatMap(({ label, log }) => (log ? [{ label, log }] : []));
  if (known.length === 0) return '';
  return html`<h3>What failed, in the workers' own words</h3>${each(
    known,
    ({ label, log }) =>
      html`<details><summary>${own(shorten(label, 200))}</summary><pre tabindex="0" dir="auto">${literal(log)}</pre></details>`,
  )}`;
}

const notice = ({ model: { name, licence } }: ReportModel): Markup => html`
<div class="fine">
  <h3>Licence and use</h3>
  <p>${
    licence === null
      ? html`The folder of the base model ${own(literal(name))} names no licence; look for its terms where you got it from.`
      : html`The base model ${own(literal(name))} says of its licence, in ${own(literal(licence.file))}: “${own(shorten(licence.text, 300))}”.`
  } What is trained from it stays under its terms.</p>
  <p>A model that has learned a person or a style must not be used to harm, deceive or impersonate anyone. Train on people
  only with their consent, and say of generated pictures that they are generated.</p>
</div>`;

import { html } from 'hono/html';
import type {
  MetricName,
  ReportAnswer,
  ReportModel,
  ReportSetting,
  ReportSubject,
} from '../model/reportModel.ts';
import {
  capital,
  count,
  literal,
  optionLabel,
  optionValue,
  settingText,
  shorten,
  thousands,
} from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { each, type Markup, own } from './markup.ts';

/** Pictures of a column in the strip. */
const PROMPTS = 2;
const SEEDS = 2;

/** The first thing on the page: for each subject what to train with, and the pictures that show it. */
export const answerSection = (model: ReportModel, assets: Assets): Markup => html`
<section id="answer" aria-label="The answer">
  ${each(model.answers, answer => {
    const subject = model.subjects.find(({ name }) => name === answer.subject);
    const best = answer.best === null ? undefined : model.settings[answer.best];
    if (!subject) return html``;
    return best ? answerCard(model, assets, { answer, subject, best }) : openCard(model, assets, subject);
  })}
</section>`;

interface Answered {
  answer: ReportAnswer;
  subject: ReportSubject;
  best: ReportSetting;
}

function answerCard(model: ReportModel, assets: Assets, { answer, subject, best }: Answered): Markup {
  const ties = answer.ties.flatMap(id => model.settings[id] ?? []);
  return html`
<article class="answer">
  <p class="for">${model.subjects.length > 1 ? 'For ' : 'The sweet spot for '}${own(literal(subject.name))}</p>
  <h2 class="headline">${headline(best)}</h2>
  ${others(best)}
  <p class="reason">${answer.reason}</p>
  ${ties.length === 0 ? '' : tieList(ties, best)}
  ${strip(model, assets, { answer, subject, best })}
  ${answer.cautions.length === 0 ? '' : html`<ul class="cautions">${each(answer.cautions, text => html`<li>${text}</li>`)}</ul>`}
  ${each(
    answer.edges,
    ({ axis, value, side, lines }) =>
      html`<div class="edge" role="note"><p><strong>${capital(optionLabel(axis))} ${optionValue(
        value,
      )} is the ${side} that was tried</strong>: the best may lie beyond. This goes one further; what is there already is not trained again:</p><pre tabindex="0" data-copy>${lines}</pre></div>`,
  )}
  ${
    answer.command === null
      ? ''
      : html`<details class="command"><summary>Train it for good</summary><p class="note">From the folder of <code>${own(
          literal(model.sweep.file),
        )}</code>:</p><pre tabindex="0" data-copy>${literal(answer.command)}</pre></details>`
  }
</article>`;
}

/** `learning rate 1e-4, 160 steps`, the numbers strong. */
const headline = ({ learningRate, steps }: ReportSetting): Markup =>
  html`<span>Learning rate <b>${optionValue(learningRate)}</b></span> <span><b>${thousands(steps)}</b> steps</span>`;

function others({ values }: ReportSetting): Markup | '' {
  const rest = Object.entries(values).filter(
    ([name]) => name !== 'learning_rate' && name !== 'max_train_steps',
  );
  if (rest.length === 0) return '';
  return html`<p class="chips">${each(rest, ([name, value]) => html`<span>${optionLabel(name)} <b>${optionValue(value)}</b></span>`)}</p>`;
}

const SHOWN_TIES = 6;

function tieList(ties: readonly ReportSetting[], best: ReportSetting): Markup {
  const more = ties.length - SHOWN_TIES;
  return html`<p class="ties"><span>As good, as far as these pictures tell:</span> ${each(
    ties.slice(0, SHOWN_TIES),
    tie => html`<span class="tie">${settingText(tie, best)}</span>`,
  )}${more > 0 ? html`<span class="tie more">and ${more} more</span>` : ''}</p>`;
}

/** Photos, untrained, too little, right, too much: what to look for, side by side, with the same prompts and seeds. */
function strip(model: ReportModel, assets: Assets, { answer, subject, best }: Answered): Markup {
  const untrained = model.settings.find(
    each => each.subject === subject.name && each.untrained && each.sampler === best.sampler,
  );
  const setting = (id: number | null): ReportSetting | undefined =>
    id === null ? undefined : model.settings[id];
  const columns: { title: string; setting: ReportSetting | undefined; kind: string }[] = [
    { title: 'Untrained', setting: untrained, kind: 'base' },
    { title: 'Too little', setting: setting(answer.under), kind: 'under' },
    { title: 'Sweet spot', setting: best, kind: 'best' },
    { title: 'Too much', setting: setting(answer.over), kind: 'over' },
  ];
  const prompts = subject.prompts.slice(0, PROMPTS);
  return html`<div class="showcase" role="group" aria-label="Pictures of ${shorten(subject.name, 60)}">
  <figure class="column photos"><figcaption><b>Your photos</b><small>${count(subject.photos.length, 'photo')}</small></figcaption>
  <div class="photo-grid">${each(subject.photos.slice(0, 9), (path, i) => photo(assets, path, i, subject))}</div></figure>
  ${each(
    columns.filter(({ setting: of }) => of !== undefined),
    ({ title, setting: of, kind }) =>
      column(model, assets, { title, kind, prompts, of: of as ReportSetting }),
  )}
  </div>`;
}

export function photo(assets: Assets, path: string, i: number, { name, photos }: ReportSubject): Markup {
  const asset = assets.photos.get(path);
  const what = `Photo ${i + 1} of ${photos.length} of ${shorten(name, 60)}`;
  if (!asset)
    return html`<span class="gap missing" title="the file is gone"><span class="vh">${what}: the file is gone</span></span>`;
  return html`<img src="${asset.src}" width="${asset.width}" height="${asset.height}" alt="${what}" data-photo-of="${literal(name)}">`;
}

function column(
  model: ReportModel,
  assets: Assets,
  {
    title,
    kind,
    prompts,
    of,
  }: { title: string; kind: string; prompts: readonly string[]; of: ReportSetting },
): Markup {
  const cells = model.cells.filter(
    cell =>
      of.pictures.includes(cell.picture) &&
      cell.subject === of.subject &&
      (of.untrained ? cell.trial === null : cell.trial !== null && of.trials.includes(cell.trial)),
  );
  const rows = prompts.map(prompt => ({
    prompt,
    own: cells.filter(cell => cell.prompt === prompt).slice(0, SEEDS),
  }));
  const small = of.untrained ? 'step 0' : `${optionValue(of.learningRate)} × ${thousands(of.steps)} steps`;
  return html`<figure class="column ${kind}"><figcaption><b>${title}</b><small>${small}</small></figcaption>
  ${each(
    rows,
    ({ prompt, own: shown }) =>
      html`<div class="pair n-${shown.length}">${each(shown, ({ picture, seed }) => {
        const asset = assets.pictures.get(picture);
        const what = `${title}, ${small}, seed ${seed}: ${shorten(prompt, 100)}`;
        return asset
          ? html`<button type="button" class="still" data-open="${assets.positions.get(picture) ?? -1}"><img src="${asset.src}" width="${asset.width}" height="${asset.height}" alt="${what}"></button>`
          : html`<span class="gap missing"><span class="vh">${what}: not there</span></span>`;
      })}</div><p class="said" dir="auto">${shorten(prompt, 60)}</p>`,
  )}
  ${meters(of)}</figure>`;
}

/** How much of subject and prompt there is, as two bars. */
function meters({ scores }: ReportSetting): Markup | '' {
  const bars: [string, MetricName][] = [
    ['likeness', 'likeness'],
    ['prompt', 'prompt_kept'],
  ];
  const known = bars.flatMap(([name, metric]) => {
    const mean = scores[metric]?.mean;
    return mean === undefined ? [] : [{ name, mean }];
  });
  if (known.length === 0) return '';
  return html`<dl class="meters">${each(
    known,
    ({ name, mean }) =>
      html`<div><dt>${name}</dt><dd><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="6" rx="3"/><rect class="fill" width="${Math.max(
        0,
        Math.round(100 * mean),
      )}" height="6" rx="3"/></svg><span>${Math.round(100 * mean)}%</span></dd></div>`,
  )}</dl>`;
}

/** Where nothing was measured: the photos, and how to get an answer. */
const openCard = (model: ReportModel, assets: Assets, subject: ReportSubject): Markup => html`
<article class="answer open">
  <p class="for">${own(literal(subject.name))}</p>
  <h2 class="headline">Judge by eye: nothing was measured</h2>
  <p class="reason">Go along a row below: the subject of the photos should appear while the prompt is still followed. With
  <code>score: [clip_i, clip_t]</code> in ${own(literal(model.sweep.file))} and another <code>sweetspot run</code>, this page
  names the best settings; no picture is made anew.</p>
  <div class="showcase"><figure class="column photos"><figcaption><b>Your photos</b><small>${count(
    subject.photos.length,
    'photo',
  )}</small></figcaption><div class="photo-grid">${each(subject.photos.slice(0, 9), (path, i) => photo(assets, path, i, subject))}</div></figure></div>
</article>`;

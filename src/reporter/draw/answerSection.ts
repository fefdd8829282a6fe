import { html } from 'hono/html';
import { dose } from '../model/regions.ts';
import type {
  MetricName,
  ReportAnswer,
  ReportModel,
  ReportSetting,
  ReportSubject,
} from '../model/reportModel.ts';
import { isSweetSpot, leftOutText, namedTies, TIES_LABEL } from '../model/sweetSpot.ts';
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
  <p class="for">${forText(model, best)} ${own(literal(subject.name))}${isSweetSpot(best) ? '' : ': best so far'}</p>
  <h2 class="headline">${headline(best)}</h2>
  ${others(best)}
  <p class="reason">${answer.reason}</p>
  ${ties.length === 0 ? '' : tieList(ties, best)}
  ${strip(model, assets, subject, answerColumns(model, { answer, subject, best }))}
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

function forText({ subjects }: ReportModel, best: ReportSetting): string {
  if (!isSweetSpot(best)) return 'No sweet spot yet for';
  return subjects.length > 1 ? 'For' : 'The sweet spot for';
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
  const { named, leftOut } = namedTies(best, ties);
  const more = named.length - SHOWN_TIES;
  const others = leftOutText(leftOut);
  return html`<p class="ties"><span>${TIES_LABEL}</span> ${each(
    named.slice(0, SHOWN_TIES),
    tie => html`<span class="tie">${settingText(tie, best)}</span>`,
  )}${more > 0 ? html`<span class="tie more">and ${more} more</span>` : ''}${
    others === null ? '' : html`<span class="tie more">${others}</span>`
  }</p>`;
}

interface Column {
  title: string;
  /** Class of the column. */
  kind: string;
  of: ReportSetting | undefined;
}

const untrainedOf = ({ settings }: ReportModel, subject: ReportSubject, sampler: number): Column => ({
  title: 'Untrained',
  kind: 'base',
  of: settings.find(each => each.subject === subject.name && each.untrained && each.sampler === sampler),
});

/** Untrained, too little, right, too much: what to look for, with the same prompts and seeds. */
function answerColumns(model: ReportModel, { answer, subject, best }: Answered): Column[] {
  const setting = (id: number | null): ReportSetting | undefined =>
    id === null ? undefined : model.settings[id];
  return [
    untrainedOf(model, subject, best.sampler),
    { title: 'Too little', kind: 'under', of: setting(answer.under) },
    isSweetSpot(best)
      ? { title: 'Sweet spot', kind: 'best', of: best }
      : { title: 'Best so far', kind: 'so-far', of: best },
    { title: 'Too much', kind: 'over', of: setting(answer.over) },
  ];
}

/** Where nobody knows yet: from the least to the most training (learning rate x steps). */
function openColumns(model: ReportModel, subject: ReportSubject): Column[] {
  const own = model.settings.filter(
    each => each.subject === subject.name && !each.untrained && each.sampler === 0,
  );
  const byDose = [...own].sort((a, b) => dose(a) - dose(b));
  const middle = byDose[Math.floor((byDose.length - 1) / 2)];
  const columns: Column[] = [
    untrainedOf(model, subject, 0),
    { title: 'Least training', kind: 'under', of: byDose[0] },
    { title: 'In the middle', kind: 'middle', of: byDose.length > 2 ? middle : undefined },
    { title: 'Most training', kind: 'over', of: byDose.length > 1 ? byDose.at(-1) : undefined },
  ];
  return columns;
}

/** The photos and some settings' pictures side by side. */
function strip(
  model: ReportModel,
  assets: Assets,
  subject: ReportSubject,
  columns: readonly Column[],
): Markup {
  const prompts = subject.prompts.slice(0, PROMPTS);
  return html`<div class="showcase" role="group" aria-label="Pictures of ${shorten(subject.name, 60)}">
  <figure class="column photos"><figcaption><b>Your photos</b><small>${count(subject.photos.length, 'photo')}</small></figcaption>
  <div class="photo-grid">${each(subject.photos.slice(0, 9), (path, i) => photo(assets, path, i, subject))}</div></figure>
  ${each(
    columns.flatMap(({ of, ...rest }) => (of ? [{ ...rest, of }] : [])),
    ({ title, of, kind }) => column(model, assets, { title, kind, prompts, of }),
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

/** Where nothing was measured: what to look at, and how to get an answer. */
const openCard = (model: ReportModel, assets: Assets, subject: ReportSubject): Markup => html`
<article class="answer open">
  <p class="for">${own(literal(subject.name))}</p>
  <h2 class="headline">Judge by eye</h2>
  <p class="reason">The subject of the photos should appear while the prompt is still followed: too little training and it never
  comes, too much and the prompt is lost. Nothing was measured here that settings could be ranked by; with
  <code>score: [clip_i, clip_t]</code> in ${own(literal(model.sweep.file))} and another <code>sweetspot run</code>, this page
  names the best ones, and no picture is made anew.</p>
  ${strip(model, assets, subject, openColumns(model, subject))}
</article>`;

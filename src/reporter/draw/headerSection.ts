import { html } from 'hono/html';
import type { ReportModel } from '../model/reportModel.ts';
import { count, duration, literal, optionLabel, shorten, thousands } from '../shared/text.ts';
import { each, type Markup, own } from './markup.ts';

/** What this is, what was compared, and how much training that took. */
export function headerSection(model: ReportModel): Markup {
  const missing = Object.values(model.pictures).filter(({ state }) => state !== 'complete').length;
  return html`
<header>
  <div class="opening">
  <div>
  <p class="kicker">sweetspot report</p>
  <h1>${own(literal(model.sweep.name))}</h1>
  <p class="lead">${summary(model)}</p>
  </div>
  <dl class="facts">${each(facts(model), ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}${note === '' ? '' : html`<small>${note}</small>`}</dd></div>`)}</dl>
  </div>
  ${missing === 0 && model.failures.length === 0 ? '' : incomplete(model, missing)}
</header>`;
}

/** `2 learning rates x 3 numbers of training steps make 6 trials ...` */
function summary({ axes, subjects, seeds, trials, baseline, model }: ReportModel): Markup {
  const trained = axes.filter(({ block }) => block === 'train').map(axisText);
  const sampled = axes.filter(({ block }) => block === 'sample').map(axisText);
  const names = subjects.map(({ name }) => shorten(name, 60));
  const prompts = Math.max(...subjects.map(subject => subject.prompts.length));
  const what = trained.length > 0 ? `${trained.join(' × ')}` : 'One setting';
  const looks = [count(prompts, 'prompt'), ...sampled, count(seeds.length, 'seed')].join(' × ');
  return html`${what} for ${subjects.length === 1 ? own(names[0] ?? '') : count(subjects.length, 'subject')}: ${count(
    trials.length,
    'trial',
  )} of DreamBooth on the base model ${own(literal(model.name))}, each shown by ${looks}${baseline ? ' beside the untrained model' : ''}.`;
}

function axisText({ name, values }: ReportModel['axes'][number]): string {
  const n = thousands(values.length);
  if (name === 'learning_rate') return `${n} learning rates`;
  if (name === 'max_train_steps') return `${n} training lengths`;
  const label = optionLabel(name);
  return values.every(value => typeof value === 'boolean') ? `${label} yes or no` : `${n} values of ${label}`;
}

function facts(model: ReportModel): [name: string, value: string, note: string][] {
  const { naive, planned } = model.steps;
  const done = model.trials.filter(({ state }) => state === 'complete').length;
  const pictures = Object.values(model.pictures);
  const made = pictures.filter(({ state }) => state === 'complete').length;
  const saved =
    naive > planned
      ? `trial by trial: ${thousands(naive)}, saved ${percent(1 - planned / naive)}`
      : 'nothing to share';
  const { backends, computeSeconds } = model.provenance;
  return [
    ['Steps trained', thousands(planned), saved],
    [
      'Trials',
      thousands(model.trials.length),
      done === model.trials.length ? 'all complete' : `${done} complete`,
    ],
    ['Pictures', thousands(pictures.length), made === pictures.length ? 'all there' : `${made} there`],
    [
      'Computing time',
      duration(computeSeconds),
      backends.length === 1 ? (backends[0] ?? '') : `${backends.length} settings`,
    ],
  ];
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function incomplete({ failures }: ReportModel, missing: number): Markup {
  return html`<div class="notice" role="note"><p><strong>Not everything is here.</strong> ${
    missing === 0 ? '' : `${count(missing, 'picture is', 'pictures are')} not there. `
  }Run the same sweep again to go on with it.</p>${
    failures.length === 0
      ? ''
      : html`<ul>${each(failures, ({ label, message, class: sort }) => html`<li>${own(shorten(label, 200))}${sort === null ? '' : ` (${sort})`}: ${own(shorten(message, 600))}</li>`)}</ul>`
  }</div>`;
}

import { html } from 'hono/html';
import type { GridCell, PictureGrid, ReportModel } from '../model/reportModel.ts';
import { optionValue, settingsText, shorten } from '../shared/text.ts';
import type { Assets } from './assets.ts';
import { type Markup, own } from './markup.ts';

/** Longer prompts stand whole above their table, and short in captions. */
const PROMPT_LENGTH = 200;

export interface Place {
  grid: number;
  row: number;
  /** 0 is the untrained model's column. */
  column: number;
  /** Position of the seed. */
  seed: number;
}

/**
 * One picture of a grid. It is a link to itself: without scripts the style sheet shows the target of the address large,
 * with them a dialog opens. Its id says where it is, so that arrow keys find its neighbours.
 */
export function pictureFigure(
  model: ReportModel,
  assets: Assets,
  { grid, cell, place }: { grid: PictureGrid; cell: GridCell; place: Place },
): Markup {
  const key = cell.pictures[place.seed] ?? null;
  const seed = grid.seeds[place.seed] ?? 0;
  if (key === null)
    return html`<span class="gap"><span class="vh">seed ${seed} is not part of this sweep</span></span>`;
  const picture = model.pictures[key];
  const asset = assets.pictures.get(key);
  if (!asset || picture?.state !== 'complete') return placeholder(seed, picture?.state, picture?.reason);
  const id = `p-${place.grid}-${place.row}-${place.column}-${place.seed}`;
  const what = whatItIs(grid, cell, seed);
  return html`<figure id="${id}"><a class="pic" href="#${id}"><img data-p="${assets.positions.get(key) ?? -1}" src="${asset.src}" loading="lazy" width="${asset.width}" height="${
    asset.height
  }" alt="${`${what}: ${shorten(grid.prompt, 120)}`}"></a><figcaption><strong>${what}</strong><span>“${own(
    shorten(grid.prompt, PROMPT_LENGTH),
  )}”</span><span>${details(cell)}</span><span>${
    asset.original === null ? `${asset.width} × ${asset.height} pixels` : original(asset.original, asset)
  }</span><a class="close" href="#grid-${place.grid}">Close</a></figcaption></figure>`;
}

const original = (href: string, { width, height }: { width: number; height: number }): Markup =>
  html`<a href="${href}">The original, ${width} × ${height} pixels</a>`;

function placeholder(seed: number, state: string | undefined, reason: string | null | undefined): Markup {
  const failed = state === 'failed';
  const words = state === 'complete' ? 'the file cannot be read as a picture' : (reason ?? 'not made yet');
  return html`<span class="${failed ? 'gap failed' : 'gap missing'}" title="${shorten(words, 300)}"><span aria-hidden="true">${
    failed ? 'failed' : 'missing'
  }</span><span class="vh">Seed ${seed}: ${failed ? 'failed' : 'missing'}, ${shorten(words, 300)}</span></span>`;
}

/** `cat-face, learning rate 1e-5, 100 training steps, seed 0`: all that tells it apart in its grid. */
function whatItIs(
  { subject }: PictureGrid,
  { trial, steps, learningRate, values }: GridCell,
  seed: number,
): string {
  if (trial === null) return `Untrained model, seed ${seed}`;
  const { learning_rate: _, max_train_steps: __, ...others } = values;
  const parts = [
    shorten(subject, 60),
    `learning rate ${optionValue(learningRate)}`,
    `${steps} training steps`,
    settingsText(others),
    `seed ${seed}`,
  ];
  return parts.filter(part => part !== '').join(', ');
}

function details({ trial, sampler }: GridCell): string {
  const parts = [
    trial === null ? 'step 0' : `trial ${trial}`,
    `${sampler.scheduler}, ${sampler.numInferenceSteps} inference steps, guidance ${sampler.guidanceScale}`,
    sampler.negativePrompt === ''
      ? ''
      : `negative prompt “${shorten(sampler.negativePrompt, PROMPT_LENGTH)}”`,
  ];
  return parts.filter(part => part !== '').join(' · ');
}

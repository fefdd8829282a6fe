// The effects that the article saw, as numbers of two sweeps (ReportModels).
import { readImage } from '../../dist/diffusion/images/index.js';
import { backgroundOf } from '../pocket/background.mjs';
import { LOWEST_RATE } from './sweeps.mjs';

export async function effects([rates, parts]) {
  const base = rates.settings.find(({ untrained }) => untrained);
  const trained = rates.settings.filter(({ untrained }) => !untrained);
  const score = (setting, name) => setting.scores[name]?.mean ?? Number.NaN;
  // How far from the untrained model, which knows the class and not the subject.
  const fidelity = setting => score(setting, 'clip_i') - score(base, 'clip_i');
  const best = maxBy(trained, fidelity);
  const lowest = maxBy(
    trained.filter(({ learningRate }) => learningRate === LOWEST_RATE),
    fidelity,
  );
  const overfit = maxBy(trained, setting => score(setting, 'leak'));
  const leakGrows = score(overfit, 'leak') - score(base, 'leak');
  const othersFall = score(base, 'other_prompts') - Math.min(...trained.map(s => score(s, 'other_prompts')));

  const last = Math.max(...parts.settings.map(({ steps }) => steps));
  const part = (prior, text) =>
    parts.settings.find(
      ({ steps, values }) =>
        steps === last && values.with_prior_preservation === prior && values.train_text_encoder === text,
    );
  const [plain, prior, frozen] = [part(false, true), part(true, true), part(false, false)];
  const leakCut = score(plain, 'leak') - score(prior, 'leak');
  const backgrounds = await backgroundAccuracy(parts, prior);
  const textRaises = score(plain, 'clip_i') - score(frozen, 'clip_i');
  const trial = rates.trials.filter(({ steps, seconds }) => seconds !== null && steps > 0);
  const perStep = trial.reduce((sum, t) => sum + t.seconds, 0) / trial.reduce((sum, t) => sum + t.steps, 0);

  const number = value => value.toFixed(3);
  const at = setting => `lr ${setting.learningRate}, ${setting.steps} steps`;
  const rows = [
    {
      what: `fidelity of the lowest rate (${at(lowest)}), share of the best (${at(best)})`,
      value: number(fidelity(lowest) / fidelity(best)),
      target: 'under 0.5',
      met: fidelity(lowest) < 0.5 * fidelity(best),
    },
    {
      what: `leak, from base to overfit (${at(overfit)})`,
      value: `+${number(leakGrows)}`,
      target: 'at least +0.2',
      met: leakGrows >= 0.2,
    },
    {
      what: 'other prompts, from base to the worst setting',
      value: `-${number(othersFall)}`,
      target: 'at least -0.15',
      met: othersFall >= 0.15,
    },
    {
      what: `prior preservation cuts the leak (${at(prior)})`,
      value: number(leakCut),
      target: 'at least 0.1',
      met: leakCut >= 0.1,
    },
    {
      what: 'background accuracy with prior preservation',
      value: number(backgrounds),
      target: 'at least 0.9',
      met: backgrounds >= 0.9,
    },
    {
      what: 'the text encoder raises fidelity by',
      value: number(textRaises),
      target: 'over 0',
      met: textRaises > 0,
    },
    {
      what: '200 steps, seconds',
      value: (200 * perStep).toFixed(1),
      target: 'under 60 native, 120 wasm',
      met: null,
    },
  ];
  const notes = [
    `fidelity: CLIP-I to held-out pictures less the untrained model's (${number(score(base, 'clip_i'))}); leak of the untrained model ${number(score(base, 'leak'))}, its other prompts ${number(score(base, 'other_prompts'))}`,
    ...trained.map(
      s =>
        `${at(s)}: CLIP-I ${number(score(s, 'clip_i'))}, CLIP-T ${number(score(s, 'clip_t'))}, leak ${number(score(s, 'leak'))}, other prompts ${number(score(s, 'other_prompts'))}`,
    ),
  ];
  return { rows, notes };
}

const maxBy = (list, of) => list.reduce((best, item) => (of(item) > of(best) ? item : best));

/** Share of pictures of prompts with a plain background that have its colour. */
async function backgroundAccuracy(model, setting) {
  let right = 0;
  let all = 0;
  for (const { picture, prompt } of uniqueBy(model.cells, cell => cell.picture)) {
    const colour = / on an? (\w+) background$/.exec(prompt)?.[1];
    const { path } = model.pictures[picture];
    if (!setting.pictures.includes(picture) || colour === undefined || path === null) continue;
    all += 1;
    if (backgroundOf(await readImage(path)) === colour) right += 1;
  }
  return right / all;
}

const uniqueBy = (list, key) => [...new Map(list.map(item => [key(item), item])).values()];

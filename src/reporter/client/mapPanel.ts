import type { PageData } from '../shared/pageData.ts';
import { el } from './dom.ts';
import type { PictureSources } from './pictureSources.ts';

/** Puts pictures on the maps and lets the reader choose the score they show. */
export function mapPanel(
  data: PageData,
  sources: PictureSources,
  openPicture: (picture: number) => void,
): void {
  const host = document.querySelector('.maps');
  if (!host) return;
  const cells = [...host.querySelectorAll<HTMLElement>('td[data-setting]')];
  for (const cell of cells) {
    const setting = data.settings[Number(cell.dataset.setting)];
    const there = setting?.pictures.filter(picture => data.pictures[picture]?.state === 0) ?? [];
    // One of each end: the first prompt's first picture and the last prompt's first.
    const shown = [...new Set([there[0], there[Math.floor(there.length / 2)]])];
    const strip = el('div', { class: 'strip' });
    for (const picture of shown) {
      if (picture === undefined) continue;
      const image = el('img', {
        src: sources.thumbnail(picture),
        alt: '',
        loading: data.inline ? null : 'lazy',
        decoding: 'async',
      });
      const open = el(
        'button',
        { type: 'button', class: 'mini', 'aria-label': `Open a picture of ${setting?.text ?? ''}` },
        image,
      );
      open.addEventListener('click', () => openPicture(picture));
      strip.append(open);
    }
    cell.prepend(strip);
  }
  const scores = data.metrics.filter((_, i) => data.settings.some(setting => setting.scores[i]));
  if (scores.length < 2) return;
  const select = el('select', { id: 'map-metric' });
  for (const { name, title } of scores) select.append(el('option', { value: name }, title));
  const first = data.answers.find(({ metric }) => metric)?.metric;
  if (first) select.value = first;
  const note = el('p', { class: 'note' });
  const update = (): void => {
    const index = data.metrics.findIndex(({ name }) => name === select.value);
    const metric = data.metrics[index];
    if (!metric) return;
    note.textContent = `${metric.definition} ${metric.misses}`;
    for (const map of host.querySelectorAll<HTMLElement>('table')) {
      const own = cells.filter(cell => map.contains(cell));
      const means = own.map(cell => data.settings[Number(cell.dataset.setting)]?.scores[index]?.[0]);
      const known = means.filter(value => value !== undefined);
      const [low, high] = [Math.min(...known), Math.max(...known)];
      for (const [i, cell] of own.entries()) {
        const mean = means[i];
        const estimate = data.settings[Number(cell.dataset.setting)]?.scores[index];
        const value = cell.querySelector('.value');
        if (value) {
          value.replaceChildren(
            mean === undefined ? '–' : mean.toFixed(2),
            el('small', {}, estimate ? ` ${estimate[1].toFixed(2)}–${estimate[2].toFixed(2)}` : ''),
          );
        }
        const share = mean === undefined || high === low ? 0.5 : (mean - low) / (high - low);
        cell.dataset.heat =
          mean === undefined ? '' : String(Math.round(4 * (metric.higher ? share : 1 - share)));
      }
    }
  };
  select.addEventListener('change', update);
  host.prepend(el('div', { class: 'tools' }, el('label', { for: 'map-metric' }, 'Shown: '), select), note);
  update();
}

import type { PageData } from '../shared/pageData.ts';
import { parseViewHash, viewHash } from '../shared/viewHash.ts';
import { chartPanel } from './chartPanel.ts';
import { copyText, el } from './dom.ts';
import { explorer } from './explorer.ts';
import { LightBox } from './lightBox.ts';
import { mapPanel } from './mapPanel.ts';
import { pictureSources } from './pictureSources.ts';
import { attachTooltip } from './tooltip.ts';
import { trialPanel } from './trialPanel.ts';

/** Brings the page to life. Without it the page says the same, plainly. */
function start(): void {
  const text = document.getElementById('data')?.textContent;
  const host = document.getElementById('explorer');
  if (!text || !host) return;
  const data = JSON.parse(text) as PageData;
  document.documentElement.classList.add('scripted');
  const sources = pictureSources(data);
  const view = parseViewHash(data, location.hash.slice(1));
  let own = location.hash;

  const changed = (): void => {
    const hash = viewHash(data, view);
    own = hash === '' ? '' : `#${hash}`;
    const isView = location.hash.includes('=');
    if (own === location.hash || (own === '' && !isView)) return;
    history.replaceState(null, '', own === '' ? `${location.pathname}${location.search}` : own);
  };
  const grid = explorer(host, { data, sources, view, changed, open: cell => box.open(cell) });
  const box = new LightBox({
    data,
    sources,
    view,
    changed,
    places: grid.places,
    closed: cell => grid.focus(cell),
  });
  const openPicture = (picture: number): void => {
    const cell = data.cells.findIndex(([of]) => of === picture);
    if (cell >= 0) box.open(cell);
  };
  grid.draw();
  attachTooltip(data, host);
  if (view.open !== null) box.open(view.open);
  addEventListener('hashchange', () => {
    if (location.hash === own || (location.hash !== '' && !location.hash.includes('='))) return;
    Object.assign(view, parseViewHash(data, location.hash.slice(1)));
    own = location.hash;
    grid.draw();
    if (view.open !== null) box.open(view.open);
    else box.close();
  });
  for (const link of document.querySelectorAll<HTMLElement>('[data-open]')) {
    link.addEventListener('click', () => openPicture(Number(link.dataset.open)));
  }
  for (const block of document.querySelectorAll<HTMLElement>('[data-copy]')) {
    const copy = el('button', { type: 'button', class: 'copy' }, 'Copy');
    copy.addEventListener('click', () => void copyText(block.textContent ?? '', copy));
    block.before(copy);
  }
  trialPanel(data, sources, openPicture);
  mapPanel(data, sources, openPicture);
  // Charts come after the browser has painted what is above them.
  setTimeout(() => chartPanel(data), 0);
}

start();

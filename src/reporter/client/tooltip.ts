import { factsOf } from '../shared/facts.ts';
import type { PageData } from '../shared/pageData.ts';
import { el } from './dom.ts';

/** Shows what is known of a picture while the pointer or the focus is on it. */
export function attachTooltip(data: PageData, area: HTMLElement): void {
  const tip = el('div', { class: 'tip', role: 'tooltip', id: 'tip', hidden: true });
  document.body.append(tip);
  let shown: HTMLElement | null = null;

  const hide = (): void => {
    tip.hidden = true;
    shown?.removeAttribute('aria-describedby');
    shown = null;
  };
  const show = (target: EventTarget | null): void => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-cell]') : null;
    if (!cell || cell === shown) {
      if (!cell) hide();
      return;
    }
    hide();
    shown = cell;
    const { title, scores, rows, gap } = factsOf(data, Number(cell.dataset.cell));
    const list = el('dl');
    const trial = rows.find(([name]) => name === 'trial');
    for (const [name, value] of [...(trial ? [trial] : []), ...scores]) {
      list.append(el('div', {}, el('dt', {}, name), el('dd', {}, value)));
    }
    tip.replaceChildren(el('strong', {}, title), ...(gap ? [el('p', {}, gap)] : []), list);
    tip.hidden = false;
    cell.setAttribute('aria-describedby', 'tip');
    const box = cell.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const above = box.top - own.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  };
  area.addEventListener('pointerover', event => {
    if (event.pointerType !== 'touch') show(event.target);
  });
  area.addEventListener('pointerleave', hide);
  area.addEventListener('focusin', event => {
    if (event.target instanceof Element && event.target.matches(':focus-visible')) show(event.target);
  });
  area.addEventListener('focusout', hide);
  addEventListener('scroll', hide, { passive: true });
  addEventListener('keydown', event => {
    if (event.key === 'Escape') hide();
  });
}

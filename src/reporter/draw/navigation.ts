import { html } from 'hono/html';
import { each, type Markup } from './markup.ts';

/** Leads to the parts of the page that there are. */
export function navigation({ notes, map }: { notes: boolean; map: boolean }): Markup {
  const parts: [string, string, boolean][] = [
    ['answer', 'Answer', true],
    ['notes', 'Notes', notes],
    ['pictures', 'All pictures', true],
    ['map', 'Map', map],
    ['trials', 'Trials', true],
    ['charts', 'Charts', true],
    ['provenance', 'Provenance', true],
  ];
  return html`<nav aria-label="Parts of this page">${each(
    parts.filter(([, , there]) => there),
    ([id, name]) => html`<a href="#${id}">${name}</a>`,
  )}</nav>`;
}

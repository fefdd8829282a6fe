import { commandLine } from '../shared/commandLine.ts';
import type { PageData, PageTrial } from '../shared/pageData.ts';
import { optionLabel, optionValue } from '../shared/text.ts';
import { trainingCall } from '../shared/trainingCall.ts';
import { trialSweep } from '../shared/trialSweep.ts';
import { button, copyText, el } from './dom.ts';
import type { PictureSources } from './pictureSources.ts';

/** Makes the table of trials sort, filter, compare and copy; without scripts it is a plain table. */
export function trialPanel(
  data: PageData,
  sources: PictureSources,
  openPicture: (picture: number) => void,
): void {
  const table = document.querySelector<HTMLTableElement>('table.trials');
  const body = table?.tBodies[0];
  if (!table || !body) return;
  const rows = [...body.rows];
  addPictures(rows, data, sources, openPicture);
  addSorting(table, body);
  const tools = el('div', { class: 'tools' });
  const filter = el('input', {
    type: 'search',
    id: 'trial-filter',
    placeholder: 'Filter: 1e-4, failed, …',
    'aria-label': 'Show only trials with these words',
  });
  const count = el('output', { class: 'note', for: 'trial-filter' });
  filter.addEventListener('input', () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = (row.textContent ?? '').toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    count.textContent = words.length > 0 ? `${shown} of ${rows.length} rows` : '';
  });
  const difference = el('div', { class: 'difference', 'aria-live': 'polite' });
  tools.append(filter, count);
  table.closest('.scroll')?.before(tools);
  table.closest('.scroll')?.after(difference);
  addChoosing(rows, data, difference);
}

function addPictures(
  rows: readonly HTMLTableRowElement[],
  data: PageData,
  sources: PictureSources,
  openPicture: (picture: number) => void,
): void {
  for (const row of rows) {
    const place = row.querySelector<HTMLElement>('[data-pictures]');
    const all = (place?.dataset.pictures ?? '').split(',').filter(Boolean).map(Number);
    const there = all.filter(picture => data.pictures[picture]?.state === 0).slice(0, 4);
    for (const picture of there) {
      const name = `${row.cells[0]?.textContent ?? ''}, picture ${all.indexOf(picture) + 1}`;
      const small = button('', () => openPicture(picture), { class: 'mini', 'aria-label': `Open ${name}` });
      small.append(
        el('img', {
          src: sources.thumbnail(picture),
          alt: '',
          loading: data.inline ? null : 'lazy',
          decoding: 'async',
        }),
      );
      place?.append(small);
    }
    if (all.length > there.length)
      place?.append(el('span', { class: 'more' }, `+${all.length - there.length}`));
  }
}

function addSorting(table: HTMLTableElement, body: HTMLTableSectionElement): void {
  const headings = [...(table.tHead?.rows[0]?.cells ?? [])];
  for (const [column, heading] of headings.entries()) {
    if (heading.dataset.sort === 'no') continue;
    const sort = button(
      heading.textContent ?? '',
      () => {
        const down = heading.getAttribute('aria-sort') === 'ascending';
        for (const other of headings) other.removeAttribute('aria-sort');
        heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const value = (row: HTMLTableRowElement): string =>
          row.cells[column]?.dataset.value ?? row.cells[column]?.textContent ?? '';
        const sorted = [...body.rows].sort((a, b) => compareTexts(value(a), value(b)) * (down ? -1 : 1));
        body.append(...sorted);
      },
      { class: 'sort' },
    );
    heading.replaceChildren(sort);
  }
}

/** Numbers by size, before words; what is not there comes last. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '–' || a === '') return 1;
  if (b === '–' || b === '') return -1;
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y))
    return Number.isNaN(x) && Number.isNaN(y) ? (a < b ? -1 : 1) : Number.isNaN(x) ? 1 : -1;
  return x - y;
}

/** Boxes to choose trials with: one can be copied, two are compared. */
function addChoosing(rows: readonly HTMLTableRowElement[], data: PageData, place: HTMLElement): void {
  const chosen: PageTrial[] = [];
  for (const row of rows) {
    const trial = data.trials.find(({ number }) => String(number) === row.dataset.trial);
    const cell = row.querySelector<HTMLElement>('.choose');
    if (!trial || !cell) continue;
    const box = el('input', { type: 'checkbox', 'aria-label': `Choose trial ${trial.number}` });
    box.addEventListener('change', () => {
      if (box.checked) chosen.push(trial);
      else chosen.splice(chosen.indexOf(trial), 1);
      place.replaceChildren(...describeChoice(data, chosen));
    });
    cell.prepend(box);
  }
}

function describeChoice(data: PageData, chosen: readonly PageTrial[]): HTMLElement[] {
  const last = chosen.slice(-2);
  const copies = last.map(trial => {
    const script = button(
      'as train_dreambooth.py command',
      () => void copyText(scriptCall(data, trial), script),
    );
    const file = button('as sweep file', () => void copyText(trialSweep(data, trial), file));
    return el('p', { class: 'copies' }, `Copy trial ${trial.number} `, script, ' ', file);
  });
  const [a, b] = last;
  if (!a || !b) return copies;
  const names = [...new Set([...Object.keys(a.options), ...Object.keys(b.options)])].filter(
    name => a.options[name] !== b.options[name],
  );
  const table = el(
    'table',
    { class: 'plain' },
    el('caption', {}, `Trial ${a.number} and trial ${b.number} differ in`),
  );
  table.append(
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', { scope: 'col' }, 'option'),
        ...[a, b].map(({ number }) => el('th', { scope: 'col' }, `trial ${number}`)),
      ),
    ),
  );
  const body = el('tbody');
  if (a.subject !== b.subject)
    body.append(
      el('tr', {}, el('th', { scope: 'row' }, 'subject'), el('td', {}, a.subject), el('td', {}, b.subject)),
    );
  for (const name of names) {
    body.append(
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, optionLabel(name)),
        ...[a, b].map(({ options }) =>
          el('td', {}, name in options ? optionValue(options[name] ?? null) : 'default'),
        ),
      ),
    );
  }
  table.append(body);
  return [table, ...copies];
}

function scriptCall(data: PageData, trial: PageTrial): string {
  const subject = data.subjects.find(({ name }) => name === trial.subject);
  return subject
    ? `${commandLine(trainingCall(data.model, subject, trial, 'accelerate launch train_dreambooth.py'))}\n`
    : '';
}

import { factsOf } from '../shared/facts.ts';
import type { PageData } from '../shared/pageData.ts';
import { type CompareMode, photoPin, type View } from '../shared/viewHash.ts';
import { nextPhoto, photoOfA, titleOfA as titleOf } from './comparison.ts';
import { button, el } from './dom.ts';
import type { PictureSources } from './pictureSources.ts';
import type { Direction, PlaceMap } from './placeMap.ts';
import { StepScrubber } from './stepScrubber.ts';

interface Setup {
  data: PageData;
  sources: PictureSources;
  view: View;
  changed(): void;
  places(): PlaceMap;
  /** The box is closed; the focus goes back to this cell. */
  closed(cell: number): void;
}

const KEYS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  s: 'next',
};

const MOVES: [Direction, string, string][] = [
  ['left', '←', 'Picture to the left'],
  ['right', '→', 'Picture to the right'],
  ['up', '↑', 'Picture above'],
  ['down', '↓', 'Picture below'],
  ['next', 'Next seed', 'Next seed of the same cell'],
];

const MODES: [CompareMode, string][] = [
  ['slider', 'Slider'],
  ['blink', 'Blink'],
  ['beside', 'Side by side'],
];

const BLINK_MS = 700;

/** One picture large, with all that is known of it; or two compared. */
export class LightBox {
  readonly #setup: Setup;
  readonly #dialog = el('dialog', { 'aria-label': 'Picture' });
  readonly #stage = el('div', { class: 'stage' });
  readonly #words = el('div', { class: 'words', 'aria-live': 'polite' });
  readonly #moves = new Map<Direction, HTMLButtonElement>();
  readonly #compare = el('div', { class: 'compare' });
  readonly #scrubber: StepScrubber;
  #blinking: ReturnType<typeof setInterval> | undefined;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#scrubber = new StepScrubber(setup.data, cell => this.#show(cell));
    const keys = el('div', { class: 'keys' });
    for (const [direction, text, label] of MOVES) {
      const move = button(text, () => this.#move(direction), { 'aria-label': label });
      this.#moves.set(direction, move);
      keys.append(move);
    }
    keys.append(button('Close', () => this.#dialog.close(), { class: 'primary' }));
    const side = el('div', { class: 'side' }, this.#words, this.#scrubber.element, this.#compare, keys);
    // Last, so that the focus does not begin on it; on a small screen the other one is below the fold.
    const shut = button('×', () => this.#dialog.close(), { class: 'shut', 'aria-label': 'Close' });
    this.#dialog.append(this.#stage, side, shut);
    document.body.append(this.#dialog);
    this.#dialog.addEventListener('click', event => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener('keydown', event => this.#onKey(event));
    this.#dialog.addEventListener('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  open(cell: number): void {
    this.#show(cell);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close(): void {
    if (this.#dialog.open) this.#dialog.close();
  }

  #onClose(): void {
    clearInterval(this.#blinking);
    this.#scrubber.stop();
    const { view, changed, closed } = this.#setup;
    const cell = view.open;
    view.open = null;
    view.mode = 'one';
    changed();
    if (cell !== null) closed(cell);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isSlider = event.target instanceof HTMLInputElement;
    const direction = KEYS[event.key];
    if (direction && !isSlider) {
      event.preventDefault();
      this.#move(direction);
    } else if (event.key === 'c') this.#pin();
    else if (event.key === 'f') this.#pinPhoto();
    else if (event.key === 'b') this.#setMode(this.#setup.view.mode === 'blink' ? 'one' : 'blink');
    else if (event.key === 'p') this.#scrubber.toggle();
  }

  #move(direction: Direction): void {
    const { view, places } = this.#setup;
    const next = view.open === null ? null : places().move(view.open, direction);
    if (next !== null) this.#show(next);
  }

  #pin(): void {
    this.#setup.view.pinned = this.#setup.view.open;
    this.#setMode('one');
  }

  /** Makes a photo of the subject picture A; the next one, where one is A already. */
  #pinPhoto(): void {
    const { view, data, sources } = this.#setup;
    const isPhoto = photoOfA(view, sources) !== undefined;
    const next = nextPhoto(view, data, sources);
    if (!next) return;
    view.pinned = photoPin(next.number);
    this.#setMode(isPhoto && view.mode !== 'one' ? view.mode : 'slider');
  }

  #imageOfA(pinned: number): HTMLElement {
    const photo = photoOfA(this.#setup.view, this.#setup.sources);
    return photo ? el('img', { src: photo.src, alt: photo.alt, class: 'a' }) : this.#image(pinned, 'a');
  }

  #setMode(mode: CompareMode): void {
    const { view } = this.#setup;
    view.mode = view.pinned === null || view.pinned === view.open ? 'one' : mode;
    if (view.open !== null) this.#show(view.open);
  }

  #show(cell: number): void {
    const { data, view, places, changed } = this.#setup;
    view.open = cell;
    const facts = factsOf(data, cell);
    const rows = el('dl');
    for (const [name, value] of [...facts.scores, ...facts.rows.filter(([name]) => name !== 'size')]) {
      rows.append(el('div', {}, el('dt', {}, name), el('dd', { dir: 'auto' }, value)));
    }
    this.#words.replaceChildren(
      el('strong', {}, facts.title.charAt(0).toUpperCase() + facts.title.slice(1)),
      el('p', { class: 'prompt', dir: 'auto' }, facts.prompt),
      ...(facts.gap ? [el('p', { class: 'bad' }, facts.gap)] : []),
      rows,
    );
    for (const [direction, move] of this.#moves) {
      // Not disabled, which would take the focus away and the keys with it.
      move.setAttribute('aria-disabled', String(places().neighbour(cell, direction) === null));
    }
    this.#drawStage(cell, facts.title);
    this.#redrawCompare(cell);
    this.#scrubber.show(cell);
    changed();
  }

  #image(cell: number, extra: string): HTMLElement {
    const { data, sources } = this.#setup;
    const [picture = 0] = data.cells[cell] ?? [];
    const { title, prompt, gap } = factsOf(data, cell);
    if (gap) return el('div', { class: `gap failed ${extra}` }, gap);
    const [width = 1] = data.pictures[picture]?.side ?? [];
    const image = el('img', {
      src: sources.full(picture),
      alt: `${title}: ${prompt.slice(0, 160)}`,
      class: `${extra}${width <= 256 ? ' small' : ''}`,
    });
    image.addEventListener(
      'error',
      () => {
        image.src = sources.thumbnail(picture);
      },
      { once: true },
    );
    return image;
  }

  #drawStage(cell: number, title: string): void {
    clearInterval(this.#blinking);
    const { view, data, sources } = this.#setup;
    const { pinned, mode } = view;
    const titleOfA = titleOf(view, data, sources);
    const alone = pinned === null || pinned === cell || titleOfA === null;
    this.#stage.className = `stage ${alone ? 'one' : mode}`;
    if (alone || mode === 'one') {
      this.#stage.replaceChildren(el('div', { class: 'frame' }, this.#image(cell, '')));
      return;
    }
    const a = this.#imageOfA(pinned);
    const b = this.#image(cell, 'b');
    const name = (letter: string, text: string): HTMLElement =>
      el('span', { class: `name ${letter.toLowerCase()}` }, el('b', {}, letter), ` ${text}`);
    const names = el('div', { class: 'names' }, name('A', titleOfA), name('B', title));
    const frame = el('div', { class: 'frame' }, b, a);
    if (mode === 'slider') {
      const slider = el('input', {
        type: 'range',
        min: 0,
        max: 100,
        value: 50,
        'aria-label': 'How much of picture A is seen',
      });
      const cut = (): void => {
        a.style.clipPath = `inset(0 ${100 - Number(slider.value)}% 0 0)`;
        frame.style.setProperty('--cut', `${slider.value}%`);
      };
      slider.addEventListener('input', cut);
      frame.addEventListener('pointermove', event => {
        if (event.pointerType === 'mouse' && event.buttons === 0) return;
        const box = frame.getBoundingClientRect();
        slider.value = String((100 * (event.clientX - box.left)) / box.width);
        cut();
      });
      cut();
      this.#stage.replaceChildren(frame, slider, names);
      return;
    }
    if (mode === 'blink') {
      this.#blinking = setInterval(() => frame.classList.toggle('shows-b'), BLINK_MS);
      this.#stage.replaceChildren(frame, names);
      return;
    }
    this.#stage.replaceChildren(el('div', { class: 'frame' }, a), el('div', { class: 'frame' }, b), names);
  }

  /** The button that was pressed is there no more: the focus stays in the box all the same, and the keys with it. */
  #redrawCompare(cell: number): void {
    const focused = this.#compare.contains(document.activeElement);
    const text = document.activeElement?.textContent;
    this.#drawCompare(cell);
    if (!focused) return;
    const same = [...this.#compare.querySelectorAll('button')].find(
      ({ textContent }) => textContent === text,
    );
    (same ?? this.#compare.querySelector('button'))?.focus();
  }

  #drawCompare(cell: number): void {
    const { view, data, sources } = this.#setup;
    const { pinned, mode } = view;
    const titleOfA = titleOf(view, data, sources);
    const pin = button('Compare with…', () => this.#pin(), { 'aria-keyshortcuts': 'c' });
    const isPhoto = photoOfA(view, sources) !== undefined;
    const photo = button(isPhoto ? 'Next photo' : 'With your photo', () => this.#pinPhoto(), {
      'aria-keyshortcuts': 'f',
    });
    const photos = sources.photos.size > 0 ? [photo] : [];
    if (titleOfA === null) {
      this.#compare.replaceChildren(pin, ...photos);
      return;
    }
    if (pinned === cell) {
      this.#compare.replaceChildren(
        el('p', { class: 'note' }, 'This is picture A. Go to another one to compare.'),
        button('Do not compare', () => this.#unpin()),
      );
      return;
    }
    const group = el('div', { class: 'modes', role: 'group', 'aria-label': 'Compare' });
    for (const [name, text] of MODES) {
      group.append(
        button(text, () => this.#setMode(mode === name ? 'one' : name), {
          'aria-pressed': String(mode === name),
        }),
      );
    }
    this.#compare.replaceChildren(
      el('p', { class: 'note' }, 'A: ', titleOfA),
      group,
      ...(isPhoto ? photos : []),
      button('Make this one A', () => this.#pin()),
      button('Stop', () => this.#unpin(), { 'aria-label': 'Stop comparing' }),
    );
  }

  #unpin(): void {
    const { view } = this.#setup;
    view.pinned = null;
    view.mode = 'one';
    if (view.open !== null) this.#show(view.open);
  }
}

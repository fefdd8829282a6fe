import type { PageData } from '../shared/pageData.ts';
import { FIRST_DIM } from '../shared/pivot.ts';
import { button, el } from './dom.ts';

const FRAME_MS = 650;

/** Plays the pictures of one training: the same settings, prompt and seed after more and more steps. */
export class StepScrubber {
  readonly element = el('div', { class: 'scrubber', hidden: true });
  readonly #data: PageData;
  readonly #go: (cell: number) => void;
  readonly #slider = el('input', { type: 'range', min: 0, step: 1, 'aria-label': 'Training steps' });
  readonly #label = el('output');
  readonly #play: HTMLButtonElement;
  #frames: { cell: number; steps: string }[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(data: PageData, go: (cell: number) => void) {
    this.#data = data;
    this.#go = go;
    this.#play = button('▶', () => this.toggle(), {
      'aria-label': 'Play the training',
      'aria-keyshortcuts': 'p',
    });
    this.#slider.addEventListener('input', () => {
      const frame = this.#frames[Number(this.#slider.value)];
      if (frame) this.#go(frame.cell);
    });
    this.element.append(this.#play, this.#slider, this.#label);
  }

  /** Finds the frames that a cell is one of. */
  show(cell: number): void {
    if (!this.#frames.some(frame => frame.cell === cell)) {
      this.stop();
      this.#frames = this.#framesOf(cell);
    }
    const at = this.#frames.findIndex(frame => frame.cell === cell);
    this.element.hidden = this.#frames.length < 2;
    this.#slider.max = String(this.#frames.length - 1);
    this.#slider.value = String(at);
    this.#label.textContent = `${this.#frames[at]?.steps ?? ''} steps`;
  }

  toggle(): void {
    if (this.#timer !== undefined) {
      this.stop();
      return;
    }
    if (this.#frames.length < 2) return;
    this.#play.textContent = '❚❚';
    this.#timer = setInterval(() => {
      const next = (Number(this.#slider.value) + 1) % this.#frames.length;
      const frame = this.#frames[next];
      if (frame) this.#go(frame.cell);
    }, FRAME_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#play.textContent = '▶';
  }

  #framesOf(cell: number): { cell: number; steps: string }[] {
    const { dims, cells, pictures } = this.#data;
    const stepsDim = dims.findIndex(({ name }) => name === 'max_train_steps');
    const own = cells[cell];
    if (!own || stepsDim < 0) return [];
    // From the untrained model no single training starts: only what was trained can be played.
    if (own[1] === 0) return [];
    const isSame = (other: readonly number[], dim: number): boolean =>
      dim === stepsDim || other[FIRST_DIM + dim] === own[FIRST_DIM + dim];
    const matches = (other: readonly number[]): boolean =>
      other[1] === 0
        ? dims.every((dim, i) => dim.kind === 'train' || isSame(other, i))
        : dims.every((_, i) => isSame(other, i));
    const found = cells.flatMap((other, i) =>
      matches(other) && pictures[other[0] ?? 0]?.state === 0 ? [i] : [],
    );
    const order = (i: number): number => cells[i]?.[FIRST_DIM + stepsDim] ?? -1;
    return found
      .sort((a, b) => order(a) - order(b))
      .map(i => ({ cell: i, steps: order(i) < 0 ? '0' : (dims[stepsDim]?.values[order(i)] ?? '') }));
  }
}

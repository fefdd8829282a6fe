/**
 * Runs in the page: opens pictures in a dialog and moves between neighbours with the arrow keys. The page says all it
 * says without it. A picture's id, `p-GRID-ROW-COLUMN-SEED`, is its place.
 */
export const CLIENT_SCRIPT = `'use strict';
(() => {
  const dialog = document.querySelector('dialog');
  if (!dialog || !dialog.showModal) return;
  document.documentElement.classList.add('scripted');
  const image = dialog.querySelector('.stage img');
  const words = dialog.querySelector('.words');
  const moves = { left: [0, -1, 0], right: [0, 1, 0], up: [-1, 0, 0], down: [1, 0, 0], seed: [0, 0, 1] };
  const keys = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', s: 'seed' };
  let current = null;

  const at = (grid, row, column, seed) => document.getElementById(['p', grid, row, column, seed].join('-'));

  // The next picture in a direction, past gaps; seeds go round.
  const neighbour = name => {
    const [grid, row, column, seed] = current.id.split('-').slice(1).map(Number);
    const [down, right, on] = moves[name];
    const seeds = current.parentElement.children.length;
    for (let n = 1; n <= 200; n += 1) {
      const next = on
        ? n < seeds && at(grid, row, column, (seed + n) % seeds)
        : at(grid, row + n * down, column + n * right, seed);
      if (next) return next;
    }
    return null;
  };

  const show = figure => {
    current = figure;
    const from = figure.querySelector('img');
    const original = [...figure.querySelectorAll('figcaption a')].find(link => !link.classList.contains('close'));
    image.src = original ? original.href : from.src;
    image.alt = from.alt;
    words.replaceChildren(...figure.querySelector('figcaption').cloneNode(true).childNodes);
    for (const button of dialog.querySelectorAll('button[data-move]')) {
      // Not disabled, which would take the focus away and the keys with it.
      button.setAttribute('aria-disabled', String(!neighbour(button.dataset.move)));
    }
  };

  const move = name => {
    const next = neighbour(name);
    if (next) show(next);
  };

  const open = figure => {
    show(figure);
    if (!dialog.open) dialog.showModal();
  };

  document.addEventListener('click', event => {
    const link = event.target.closest('a.pic');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link.parentElement);
  });
  dialog.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (event.target === dialog || (button && button.value === 'close')) dialog.close();
    else if (button) move(button.dataset.move);
  });
  dialog.addEventListener('keydown', event => {
    const name = keys[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(name);
  });
  dialog.addEventListener('close', () => {
    if (current) current.querySelector('a.pic').focus();
  });
  const target = location.hash.startsWith('#p-') && document.getElementById(location.hash.slice(1));
  if (target && target.querySelector('a.pic')) open(target);
})();
`;

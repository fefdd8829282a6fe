type Child = Node | string | null;

/** Makes an element. Texts become text nodes, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

export function button(
  label: string,
  onClick: () => void,
  attributes: Record<string, string> = {},
): HTMLButtonElement {
  const element = el('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** Copies a text and says so on the button for a moment; where the browser refuses, shows it to be copied by hand. */
export async function copyText(text: string, from: HTMLButtonElement): Promise<void> {
  const label = from.textContent;
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyBySelection(text, from);
    from.textContent = 'Copied';
  } catch {
    from.textContent = copyBySelection(text, from) ? 'Copied' : 'Press Ctrl+C';
  }
  setTimeout(() => {
    from.textContent = label;
  }, 1600);
}

/** Pages that are opened from a file may not use the clipboard directly. */
function copyBySelection(text: string, near: HTMLElement): boolean {
  const area = el('textarea', { class: 'vh', 'aria-hidden': 'true', tabindex: -1 });
  area.value = text;
  near.after(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  near.focus();
  return done;
}

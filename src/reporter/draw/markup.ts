import { html } from 'hono/html';

/** Escaped markup: what hono's `html` tagged template gives. Everything that it is filled with is escaped. */
export type Markup = ReturnType<typeof html>;

/** The user's own words: isolated, so that their direction of writing disturbs nothing around them. */
export const own = (text: string): Markup => html`<bdi>${text}</bdi>`;

/** Draws each item, without gaps between them. */
export const each = <T>(items: readonly T[], draw: (item: T, index: number) => Markup): Markup[] =>
  items.map(draw);

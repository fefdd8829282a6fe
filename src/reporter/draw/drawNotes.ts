import { html } from 'hono/html';
import type { Markup } from './markup.ts';
export const drawNotes = (_: unknown): Markup | null => (_ === null ? html`` : null);

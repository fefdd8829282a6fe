import * as z from 'zod';
import { sweepSchema } from './schema.ts';

/** The sweep file's JSON Schema, for editors (`# yaml-language-server: $schema=...`); kept in sweeps/sweep.schema.json. */
export function sweepJsonSchema(): Record<string, unknown> {
  return { title: 'sweetspot sweep', ...z.toJSONSchema(sweepSchema, { io: 'input' }) };
}

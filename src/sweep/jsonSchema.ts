import * as z from 'zod';
import { sweepSchema } from './schema.ts';

/** The sweep file's JSON Schema, for editors (`# yaml-language-server: $schema=...`); kept in sweeps/sweep.schema.json. */
export function sweepJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(sweepSchema, { io: 'input' });
  return { title: 'sweetspot sweep', ...schema, ...LENGTH_IS_GIVEN };
}

/** The rule of readSweep.ts, as far as a schema can say it: max_train_steps comes from train, a preset or a subject. */
const LENGTH_IS_GIVEN = {
  anyOf: [
    { required: ['preset'] },
    { required: ['train'], properties: { train: { required: ['max_train_steps'] } } },
    {
      properties: {
        subjects: {
          additionalProperties: {
            required: ['train'],
            properties: { train: { required: ['max_train_steps'] } },
          },
        },
      },
    },
  ],
};

import * as z from 'zod';
import { sweepSchema } from './schema.ts';

/** The sweep file's JSON Schema, for editors (`# yaml-language-server: $schema=...`); kept in sweeps/sweep.schema.json. */
export function sweepJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(sweepSchema, { io: 'input' });
  nestInversion(schema as Schema);
  return { title: 'sweetspot sweep', ...schema, ...LENGTH_IS_GIVEN };
}

interface Schema {
  properties?: Record<string, Schema>;
  $defs?: Record<string, Schema>;
  [key: string]: unknown;
}

const BLOCK = 'textual_inversion';

/** In a file the options of a textual inversion stand in a block of their own: see inversionBlocks.ts. */
function nestInversion({ $defs, properties }: Schema): void {
  for (const train of [$defs?.train, properties?.train]) {
    if (train?.properties) train.properties = nested(train.properties);
  }
}

function nested(properties: Record<string, Schema>): Record<string, Schema> {
  const isInversion = (name: string): boolean => name.startsWith(`${BLOCK}_`);
  const all = Object.entries(properties);
  const block = all.filter(([name]) => isInversion(name));
  return {
    ...Object.fromEntries(all.filter(([name]) => !isInversion(name))),
    [BLOCK]: {
      description: 'Learn a new word first; DreamBooth then starts from the model that knows it.',
      anyOf: [
        {
          type: 'object',
          properties: Object.fromEntries(block.map(([name, each]) => [name.slice(BLOCK.length + 1), each])),
          additionalProperties: false,
        },
        { type: 'null' },
        { const: false },
      ],
    },
  };
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

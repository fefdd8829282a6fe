import * as z from 'zod';
import { formatValue } from '../../src/sweep/formatValue.ts';
import {
  camelCase,
  sampleDefaults,
  sampleScalars,
  trainDefaults,
  trainScalars,
} from '../../src/sweep/options.ts';
import { PRESETS } from '../../src/sweep/presets.ts';
import type { OptionValue } from '../../src/sweep/types.ts';

/** The tables of docs/sweep-file.md that the code knows better than anyone, by the names of their places. */
export function optionTables(): Record<string, string> {
  return {
    train: table(
      choose(name => !isInversion(name)),
      trainDefaults,
    ),
    'textual-inversion': table(choose(isInversion), trainDefaults),
    sample: table(sampleScalars, sampleDefaults),
    presets: rows(
      ['preset', 'for', 'gives'],
      Object.entries(PRESETS).map(([name, { about, train }]) => [
        `\`${name}\``,
        about,
        Object.entries(train)
          .map(([option, value]) => `${option} ${formatValue(value)}`)
          .join(', '),
      ]),
    ),
  };
}

const INVERSION = 'textual_inversion_';
const isInversion = (name: string): boolean => name.startsWith(INVERSION);
const choose = (wanted: (name: string) => boolean): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(trainScalars).filter(([name]) => wanted(name)));

function table(scalars: Record<string, z.ZodType>, defaults: Record<string, OptionValue>): string {
  return rows(
    ['option', 'values', 'default', ''],
    Object.entries(scalars).map(([name, scalar]) => {
      const field = camelCase(name);
      const shown = field in defaults ? `\`${show(defaults[field] ?? null)}\`` : missing(name);
      return [`\`${name.replace(INVERSION, '')}\``, expectation(scalar), shown, scalar.description ?? ''];
    }),
  );
}

const show = (value: OptionValue): string => (value === '' ? '""' : formatValue(value));

const missing = (name: string): string => (name === 'max_train_steps' ? 'must be given' : "the model's own");

/** What the schema says when a value is wrong. */
function expectation(scalar: z.ZodType): string {
  const message = scalar.safeParse(Symbol('nothing any option takes')).error?.issues[0]?.message ?? '';
  return scalar instanceof z.ZodNullable ? `${message}, or null` : message;
}

function rows(head: string[], body: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...body.map(line)].join('\n');
}

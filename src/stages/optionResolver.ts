import { SweetspotError } from '../core/errors.ts';
import type { TrainOption } from './trainOptionTable.ts';
import { type OptionValue, parseOptionValue } from './trainOptionValue.ts';

export type OptionTable = readonly TrainOption[];
export type GivenOptions = ReadonlyMap<string, OptionValue>;

/** Where the options of a table come from, and the command that takes them. */
export interface OptionSource {
  script: string;
  command: string;
}

export interface ResolvedOptions {
  /** What was given, in its type. */
  given: GivenOptions;
  read: OptionReader;
  /** One line each, for options that were given and will do nothing. */
  warnings: string[];
}

/**
 * Checks options against a table and fills in its defaults.
 *
 * @param values by name; strings, as a command line gives them, or typed values; undefined and null stand for "not given"
 * @throws E_OPTION (or E_USAGE for an unknown or missing one) with the option's name
 */
export function resolveOptions(
  table: OptionTable,
  source: OptionSource,
  values: Record<string, unknown>,
): ResolvedOptions {
  refuseUnknown(table, source, values);
  const given = new Map<string, OptionValue>();
  for (const option of table) {
    const value = parseOptionValue(option, values[option.name]);
    if (value !== null) given.set(option.name, value);
  }
  refuseMissing(table, given);
  refuseUnsupported(table, given);
  return { given, read: reader(table, given), warnings: warningsFor(table, given) };
}

/** Checks one option by itself, as {@link resolveOptions} does; gives lines for what it will not do. */
export function checkOption(option: TrainOption, raw: unknown): string[] {
  const value = parseOptionValue(option, raw);
  const given = new Map(value === null ? [] : [[option.name, value]]);
  refuseUnsupported([option], given);
  return warningsFor([option], given);
}

/** Values of a table's options by name, defaults filled in. */
export type OptionReader = ReturnType<typeof reader>;

function reader(table: OptionTable, given: GivenOptions) {
  const lookUp = (name: string): OptionValue => {
    const option = table.find(o => o.name === name);
    if (!option) throw new SweetspotError('E_INTERNAL', 'no such option in the table', { place: name });
    return given.get(name) ?? option.default;
  };
  return {
    text: (name: string): string => String(lookUp(name)),
    textOrNull: (name: string): string | null => (lookUp(name) === null ? null : String(lookUp(name))),
    number: (name: string): number => Number(lookUp(name)),
    numberOrNull: (name: string): number | null => (lookUp(name) === null ? null : Number(lookUp(name))),
    flag: (name: string): boolean => lookUp(name) === true,
  };
}

function refuseUnknown(table: OptionTable, source: OptionSource, values: Record<string, unknown>): void {
  const unknown = Object.keys(values).find(name => !table.some(option => option.name === name));
  if (unknown === undefined) return;
  throw new SweetspotError('E_USAGE', 'unknown option', {
    place: `--${unknown}`,
    hint: `The options are those of ${source.script}; see sweetspot ${source.command} --help.`,
  });
}

function refuseMissing(table: OptionTable, given: GivenOptions): void {
  const missing = table.filter(option => option.required && !given.has(option.name));
  if (missing.length === 0) return;
  throw new SweetspotError('E_USAGE', 'required and not given', {
    place: missing.map(option => `--${option.name}`).join(', '),
  });
}

function refuseUnsupported(table: OptionTable, given: GivenOptions): void {
  for (const { name, support } of table) {
    const value = given.get(name);
    if (support.kind !== 'refused' || value === undefined || value === false) continue;
    if (support.except?.some(allowed => allowed === value)) continue;
    throw new SweetspotError('E_OPTION', `not supported: ${support.because}`, {
      place: `--${name}`,
      got: String(value),
      hint: 'Leave the option out.',
    });
  }
}

/** Every script's own refusal: a tracker would show the token. */
export function refuseTokenToTracker(given: GivenOptions): void {
  if (given.get('report_to') === 'wandb' && given.has('hub_token')) {
    throw new SweetspotError('E_OPTION', 'the token would be shown to the tracker', {
      place: '--hub_token with --report_to wandb',
      hint: 'Leave one of them out.',
    });
  }
}

/** Options that are ignored for one reason share one line. */
function warningsFor(table: OptionTable, given: GivenOptions): string[] {
  const byReason = new Map<string, string[]>();
  for (const option of table) {
    if (option.support.kind !== 'ignored' || !isNews(option, given.get(option.name))) continue;
    const names = byReason.get(option.support.because) ?? [];
    byReason.set(option.support.because, [...names, `--${option.name}`]);
  }
  return [...byReason].map(([because, names]) => `${names.join(', ')} ignored: ${because}`);
}

const isNews = (option: TrainOption, value: OptionValue | undefined): boolean =>
  value !== undefined && value !== false && value !== option.default;

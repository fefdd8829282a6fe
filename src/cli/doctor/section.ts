import { inOurWords } from '../program.ts';

/** One thing that was looked at. */
export interface Check {
  name: string;
  /** `missing` is no fault by itself: something that may be had and is not there. */
  state: 'ok' | 'missing' | 'broken';
  detail: string;
  /** A command line, or a sentence, that mends it. */
  fix?: string;
}

/** A part of what `sweetspot doctor` says. */
export interface Section {
  title: string;
  checks: Check[];
}

const MARKS = { ok: 'ok ', missing: '-  ', broken: '!! ' } as const;

/** A section in lines for people. */
export function sectionLines({ title, checks }: Section): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return [
    title,
    ...checks.flatMap(({ name, state, detail, fix }) => [
      `  ${MARKS[state]}${name.padEnd(width)}  ${detail}`,
      ...(fix === undefined ? [] : [`     ${' '.repeat(width)}  fix: ${inOurWords(fix)}`]),
    ]),
    '',
  ];
}

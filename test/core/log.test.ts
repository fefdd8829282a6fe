import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions, silentLogger, wantsColor } from '../../src/core/log.ts';

function linesOf(options: LoggerOptions): string[] {
  const lines: string[] = [];
  const log = createLogger({ ...options, write: line => lines.push(line) });
  log.debug('d');
  log.info('i');
  log.warn('w');
  log.error('e');
  return lines;
}

test('prefixes by level and hides debug unless verbose', () => {
  expect(linesOf({})).toEqual(['i\n', 'warning: w\n', 'error: e\n']);
  expect(linesOf({ verbose: true })[0]).toBe('debug: d\n');
});

test('colours only the prefix', () => {
  expect(linesOf({ color: true })).toEqual([
    'i\n',
    '\u001b[33mwarning: \u001b[0mw\n',
    '\u001b[31merror: \u001b[0me\n',
  ]);
});

test('colours are for terminals without NO_COLOR', () => {
  expect(wantsColor({ isTTY: true }, {})).toBe(true);
  expect(wantsColor({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  expect(wantsColor({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColor({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(wantsColor({}, {})).toBe(false);
});

test('the silent logger takes everything', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    expect(silentLogger[level]('x')).toBeUndefined();
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogTail } from './reportModel.ts';

const LINES = 30;
const CHARACTERS = 4000;

/** The last lines of every log that is not empty. */
export function logTails(dir: string): LogTail[] {
  return list(dir)
    .filter(name => name.endsWith('.log'))
    .flatMap(file => {
      const lines = read(join(dir, file)).trimEnd().split('\n').slice(-LINES);
      const text = lines.join('\n').slice(-CHARACTERS);
      return text.trim() === '' ? [] : [{ file, text }];
    });
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

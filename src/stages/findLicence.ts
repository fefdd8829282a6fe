import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a licence was found in a model's folder, and what it says there. */
export interface Licence {
  file: string;
  text: string;
}

/** Longer lines are no name of a licence. */
const MAX_LENGTH = 300;

/**
 * What a model's folder says about its licence: the `license:` of its model card's front matter, a line or table row of
 * its README that begins with licence or weights, or the first line of a LICENSE file. Null where it says nothing, or where the folder is gone.
 */
export function findLicence(dir: string): Licence | null {
  const names = list(dir);
  for (const file of names.filter(name => /^readme(\.\w+)?$/i.test(name))) {
    const text = licenceIn(read(join(dir, file)));
    if (text !== null) return { file, text };
  }
  for (const file of names.filter(name => /^(licen[cs]e|copying)([._-].*)?$/i.test(name))) {
    const line = read(join(dir, file))
      .split('\n')
      .find(each => each.trim() !== '');
    if (line !== undefined) return { file, text: line.trim().slice(0, MAX_LENGTH) };
  }
  return null;
}

function licenceIn(readme: string): string | null {
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1] ?? '';
  const found =
    /^license:[ \t]*(\S.*)$/m.exec(frontMatter) ??
    /^\|?[ \t]*(?:licen[cs]e|weights)[ \t]*[|:][ \t]*([^|\n]+)/im.exec(readme);
  const text = found?.[1]?.trim().replace(/^["']|["']$/g, '');
  return text ? text.slice(0, MAX_LENGTH) : null;
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

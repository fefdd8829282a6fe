import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** What may be wrong with a path, as it was written, of something that is not there. */
export const pathHint = (written: string): string =>
  written.startsWith('~')
    ? 'Write out what ~ stands for: paths are relative to the sweep file, or whole ones'
    : 'Paths are relative to the sweep file';

/** Whether a model that is not there may be meant as a name of Hugging Face's hub: two words, of which the first is no folder. */
export function hubHint(written: string, folder: string): string | null {
  const [owner, name, ...more] = written.split('/');
  if (more.length > 0 || !isHubWord(owner) || !isHubWord(name) || existsSync(resolve(folder, owner)))
    return null;
  return `Nothing is downloaded here: \`huggingface-cli download ${written} --local-dir FOLDER\`, then name that folder`;
}

const isHubWord = (word: string | undefined): word is string => /^[A-Za-z0-9][\w.-]*$/.test(word ?? '');

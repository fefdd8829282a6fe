import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandModule } from 'yargs';
import { systemCode, writeError } from '../core/files.ts';
import { shellWord } from '../core/shellWord.ts';
import { inOurWords } from './program.ts';

interface InitArguments {
  dir: string;
  article: boolean;
}

/** What a first sweep needs, as it lies in the package; the schema is for editors. */
const PARTS = [
  'quickstart.yaml',
  'sweep.schema.json',
  'subjects/README.md',
  'subjects/cat-face',
  'subjects/held-out/cat-face',
];

/** Larger sweeps: for Stable Diffusion v1, and in miniature with the further subjects that those name. */
const ARTICLE = ['article', 'mini', 'subjects/taxi', 'subjects/teddy-bear'];

export const initCommand: CommandModule<object, InitArguments> = {
  command: 'init [dir]',
  describe: 'Make a workspace with a quick sweep and its subject. Never overwrites',
  builder: command =>
    command
      .positional('dir', { type: 'string', default: '.', describe: 'the folder, made if need be' })
      .option('article', {
        type: 'boolean',
        default: false,
        describe: "the sweeps of the DreamBooth article's experiments, too",
      }),
  async handler({ dir, article }) {
    const { copied, kept } = await initWorkspace(dir, { article });
    for (const path of copied) console.log(`made ${path}`);
    for (const path of kept) console.log(`kept ${path}, which was there already`);
    console.log(inOurWords(nextSteps(dir)));
  },
};

/**
 * Copies the quick sweep into `dir/sweeps`; what is there already stays as it is.
 * @returns paths relative to `dir`
 * @throws E_WRITE when the folder cannot be written
 */
export async function initWorkspace(
  dir: string,
  { article = false } = {},
): Promise<{ copied: string[]; kept: string[] }> {
  const from = fileURLToPath(new URL('../../sweeps', import.meta.url));
  const copied: string[] = [];
  const kept: string[] = [];
  for (const part of article ? [...PARTS, ...ARTICLE] : PARTS) {
    for (const file of await filesUnder(join(from, part))) {
      const to = join(dir, 'sweeps', relative(from, file));
      ((await copyNew(file, to)) ? copied : kept).push(relative(dir, to));
    }
  }
  return { copied, kept };
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(error => {
    if (systemCode(error) === 'ENOTDIR') return null;
    throw error;
  });
  return entries === null
    ? [path]
    : entries
        .filter(entry => entry.isFile())
        .map(({ name }) => join(path, name))
        .sort();
}

/**
 * @returns false where something was there already
 * @throws E_WRITE when it cannot be written
 */
async function copyNew(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    const there = await stat(to).catch(() => null);
    if (systemCode(error) === 'EEXIST' && there?.isFile()) return false;
    throw writeError(error, to);
  }
}

function nextSteps(dir: string): string {
  const enter = resolve(dir) === process.cwd() ? [] : [`  cd ${shellWord(dir)}`];
  return [
    '',
    'Next:',
    ...enter,
    '  sweetspot plan sweeps/quickstart.yaml    what it would train and sample; changes nothing',
    '  sweetspot run sweeps/quickstart.yaml     trains, samples, and writes reports/quickstart',
    '',
    'For your own subject, put its photos into a folder under sweeps/subjects, and name the folder, your model and your',
    'prompts in the sweep file.',
  ].join('\n');
}

import { existsSync, readdirSync, statSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { temporaryBeside } from '../../core/files.ts';
import { sha256File } from '../../core/hash.ts';
import { makeFolder } from '../../core/makeFolder.ts';
import type { Artefact } from './artefacts.ts';
import { lastLines, runTool, type ToolEnd } from './runTool.ts';

export interface DownloadOptions {
  /** Where files are kept. */
  folder: string;
  /** A folder of the user's that may hold some of them already. */
  from: string | null;
  signal: AbortSignal;
  /** Bytes of `artefact` that have come. */
  onProgress(artefact: Artefact, bytes: number): void;
}

const POLL_MS = 500;
/** Wheels of Python 3.12, whatever Python is here: what we take from them is not Python. */
const PIP_PLATFORM = ['--python-version', '3.12', '--implementation', 'cp'];
/** Ways to run pip; uv runs it without installing it. */
const PIPS: [command: string, ...args: string[]][] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['uv', 'tool', 'run', '--quiet', 'pip'],
];

/**
 * Sees to it that a file lies in `folder` with the content that is pinned, and gives its path. What is there and right
 * is kept; what is wrong is removed. npm and pip fetch it, so their registries, proxies and certificates apply.
 */
export async function download(artefact: Artefact, options: DownloadOptions): Promise<string> {
  const { folder, from, signal } = options;
  makeFolder(folder);
  const path = join(folder, artefact.file);
  if (await isRight(path, artefact)) return path;
  await rm(path, { force: true });
  const own = from === null ? null : join(from, artefact.file);
  if (own !== null && existsSync(own)) {
    await copyFile(own, path);
    await checkContent(path, artefact, own);
    return path;
  }
  const temporary = temporaryBeside(path);
  makeFolder(temporary);
  const timer = setInterval(() => options.onProgress(artefact, largestFile(temporary)), POLL_MS);
  try {
    if (artefact.from === 'npm') await npmPack(artefact, temporary, signal);
    else await pipDownload(artefact, temporary, signal);
    const fetched = join(temporary, artefact.file);
    if (!existsSync(fetched)) {
      throw new SweetspotError('E_BACKEND', 'the download did not give the file that is pinned', {
        allowed: artefact.file,
        got: readdirSync(temporary).join(', ') || 'nothing',
      });
    }
    await checkContent(fetched, artefact, artefact.file);
    await rename(fetched, path);
    return path;
  } finally {
    clearInterval(timer);
    await rm(temporary, { recursive: true, force: true });
  }
}

const isRight = async (path: string, { sha256 }: Artefact): Promise<boolean> =>
  existsSync(path) && (await sha256File(path)) === sha256;

async function checkContent(path: string, artefact: Artefact, place: string): Promise<void> {
  const got = await sha256File(path);
  if (got === artefact.sha256) return;
  await rm(path, { force: true });
  throw new SweetspotError('E_BACKEND', 'a downloaded file is not the one that is pinned; it was removed', {
    place,
    allowed: `SHA-256 ${artefact.sha256}`,
    got,
    hint: 'Your registry or a proxy may serve another file: try again, or from another network',
  });
}

async function npmPack(artefact: Artefact, folder: string, signal: AbortSignal): Promise<void> {
  const args = ['pack', artefact.spec, '--pack-destination', folder, '--ignore-scripts'];
  // In a folder of its own, so that no project's settings but the user's apply.
  const end = await runTool('npm', args, { cwd: folder, signal });
  if (end.code === 0) return;
  if (end.code === null) {
    throw new SweetspotError('E_BACKEND', 'npm was not found', { hint: byHand(artefact) });
  }
  throw failed(artefact, 'npm', end);
}

async function pipDownload(artefact: Artefact, folder: string, signal: AbortSignal): Promise<void> {
  const args = [
    'download',
    artefact.spec,
    '--no-deps',
    '--only-binary=:all:',
    ...PIP_PLATFORM,
    ...artefact.platforms.flatMap(platform => ['--platform', platform]),
    '--dest',
    folder,
    '--disable-pip-version-check',
    '--progress-bar=off',
  ];
  for (const [command, ...before] of PIPS) {
    // pip writes into its temporary folder first: there it can be seen growing.
    const end = await runTool(command, [...before, ...args], {
      cwd: folder,
      env: { TMPDIR: folder },
      signal,
    });
    if (end.code === 0) return;
    const isThere = end.code !== null && !/No module named pip/.test(end.output);
    if (isThere) throw failed(artefact, 'pip', end);
  }
  throw new SweetspotError('E_BACKEND', 'neither pip nor uv was found, one of which fetches TensorFlow', {
    hint: `Install one (Debian: apt install python3-pip) and run this again. ${byHand(artefact)}`,
  });
}

const failed = ({ spec }: Artefact, tool: string, end: ToolEnd): SweetspotError =>
  new SweetspotError('E_BACKEND', `${tool} could not fetch ${spec}`, {
    got: lastLines(end.output),
    hint: 'What is complete is kept: the same command goes on from there',
  });

const byHand = ({ file }: Artefact): string =>
  `Or fetch ${file} elsewhere, and name its folder with --from FOLDER`;

/** Bytes of the largest file below a folder that another program writes into. */
function largestFile(folder: string): number {
  let largest = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const status = statSync(join(folder, entry), { throwIfNoEntry: false });
      if (status?.isFile()) largest = Math.max(largest, status.size);
    }
  } catch {
    // A folder of pip's went away while we looked.
  }
  return largest;
}

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import type { Artefact } from '../../src/native/install/artefacts.ts';
import { download } from '../../src/native/install/download.ts';
import { tempDir } from '../support/tmp.ts';

const CONTENT = 'what the registry has';
const WHEEL: Artefact = {
  from: 'pypi',
  spec: 'thing==1.0',
  file: 'thing-1.0-py3-none-any.whl',
  platforms: ['manylinux_2_27_x86_64'],
  size: CONTENT.length,
  sha256: sha256Hex(CONTENT),
};
const TARBALL: Artefact = { ...WHEEL, from: 'npm', spec: '@a/thing@1.0', file: 'a-thing-1.0.tgz' };

const before = process.env.PATH;
let tools = '';
let folder = '';

beforeEach(() => {
  tools = tempDir();
  folder = join(tempDir(), 'downloads');
  // Nothing but these tools and what a shell script needs.
  process.env.PATH = [tools, '/usr/bin/env-only'].join(delimiter);
});
afterEach(() => {
  process.env.PATH = before;
});

/** Puts a program of that name into PATH. It notes its arguments. */
function tool(name: string, script: string): void {
  const lines = ['#!/bin/sh', `echo "$@" >> '${tools}/calls'`, script, ''];
  writeFileSync(join(tools, name), lines.join('\n'), { mode: 0o755 });
}

/** Finds the folder after an option and writes the file there, as pip and npm do. */
const writes = (option: string, file: string, content = CONTENT): string => `
while [ $# -gt 0 ]; do [ "$1" = "${option}" ] && dir="$2"; shift; done
printf '%s' '${content}' > "$dir/${file}"`;

const calls = (): string[] => readFileSync(join(tools, 'calls'), 'utf8').trim().split('\n');

const fetchIt = (artefact: Artefact, extra: { from?: string; signal?: AbortSignal } = {}) =>
  download(artefact, {
    folder,
    from: extra.from ?? null,
    signal: extra.signal ?? new AbortController().signal,
    onProgress: () => undefined,
  });

describe('download', () => {
  it('asks pip for a wheel of the pinned platform, once, and keeps it', async () => {
    tool('python3', writes('--dest', WHEEL.file));
    const path = await fetchIt(WHEEL);
    expect(readFileSync(path, 'utf8')).toBe(CONTENT);
    expect(await fetchIt(WHEEL)).toBe(path);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/^-m pip download thing==1\.0 --no-deps --only-binary=:all: /);
    expect(calls()[0]).toContain('--platform manylinux_2_27_x86_64');
    expect(readdirSync(folder)).toEqual([WHEEL.file]);
  });

  it('asks npm for a tarball, without scripts', async () => {
    tool('npm', writes('--pack-destination', TARBALL.file));
    expect(readFileSync(await fetchIt(TARBALL), 'utf8')).toBe(CONTENT);
    expect(calls()[0]).toMatch(/^pack @a\/thing@1\.0 .*--ignore-scripts$/);
  });

  it('takes the next way to run pip where there is a Python without it, and uv last', async () => {
    tool('python3', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1');
    tool('uv', writes('--dest', WHEEL.file));
    expect(existsSync(await fetchIt(WHEEL))).toBe(true);
    expect(calls()[1]).toMatch(/^tool run --quiet pip download thing==1\.0/);
  });

  it('says what to install where there is neither pip nor uv', async () => {
    await expect(fetchIt(WHEEL)).rejects.toThrow(
      /neither pip nor uv .*apt install python3-pip.*--from FOLDER/,
    );
    await expect(fetchIt(TARBALL)).rejects.toThrow(/npm was not found/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('hands on what pip says when it fails, and leaves nothing', async () => {
    tool('python3', 'echo "ERROR: No matching distribution found for thing==1.0" >&2; exit 1');
    const error = await fetchIt(WHEEL).catch(e => e as unknown);
    expect(error).toMatchObject({ code: 'E_BACKEND', exitCode: 6 });
    expect(String(error)).toMatch(/could not fetch thing==1\.0.*No matching distribution/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses another content than the pinned one, from anywhere, and removes it', async () => {
    tool('python3', writes('--dest', WHEEL.file, 'something else'));
    await expect(fetchIt(WHEEL)).rejects.toThrow(/not the one that is pinned; it was removed.*SHA-256/);
    expect(readdirSync(folder)).toEqual([]);
    const own = tempDir();
    writeFileSync(join(own, WHEEL.file), 'something else');
    await expect(fetchIt(WHEEL, { from: own })).rejects.toThrow(/not the one that is pinned/);
    expect(readFileSync(join(own, WHEEL.file), 'utf8')).toBe('something else');
  });

  it('fetches again what was kept and is broken', async () => {
    tool('python3', writes('--dest', WHEEL.file));
    mkdirSync(folder);
    writeFileSync(join(folder, WHEEL.file), CONTENT.slice(0, 5));
    expect(readFileSync(await fetchIt(WHEEL), 'utf8')).toBe(CONTENT);
  });

  it('takes a file of the user in place of the network', async () => {
    const own = tempDir();
    writeFileSync(join(own, WHEEL.file), CONTENT);
    expect(dirname(await fetchIt(WHEEL, { from: own }))).toBe(folder);
  });

  it('ends the tool when it is interrupted, and leaves nothing', async () => {
    process.env.PATH = [tools, before].join(delimiter);
    tool('python3', 'exec sleep 60');
    const controller = new AbortController();
    const reason = new Error('interrupted');
    setTimeout(() => controller.abort(reason), 200);
    await expect(fetchIt(WHEEL, { signal: controller.signal })).rejects.toBe(reason);
    expect(readdirSync(folder)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * Folder -> folders it may import besides itself, core and stages. Two towers that meet in stages (ARCHITECTURE.md);
 * native, below both, knows where a native backend lies and makes it, and no tensor.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  cli: ['reporter', 'runner', 'store', 'planner', 'sweep', 'native'],
  reporter: ['store', 'planner', 'sweep'],
  runner: ['store', 'planner', 'sweep', 'native'],
  store: ['sweep'],
  planner: ['sweep'],
  sweep: [],
  worker: ['trainer', 'scoring', 'diffusion', 'compute'],
  trainer: ['diffusion', 'compute'],
  scoring: ['diffusion', 'compute'],
  diffusion: ['compute'],
  compute: ['native'],
  native: [],
  stages: [],
  core: [],
};

/** Package -> where it may be imported: a folder, or a folder below it. */
const QUARANTINE: [RegExp, readonly string[]][] = [
  [/^@tensorflow\//, ['compute', 'diffusion', 'trainer', 'scoring', 'worker']],
  [/^better-sqlite3$/, ['store']],
  [/^yargs/, ['cli']],
  [/^yaml$/, ['sweep']],
  [/^(chart\.js|chartjs-node-canvas|canvas)/, ['reporter']],
  [/^sharp$/, ['diffusion/images', 'reporter']],
  [/^(node:)?child_process$/, ['runner', 'native']],
  [/^p-queue$/, ['runner']],
  [/^(hono|markdown-it)/, ['reporter']],
];

const src = join(import.meta.dirname, '../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith('.ts'));
const importsOf = (file: string): string[] =>
  ts
    .preProcessFile(readFileSync(join(src, file), 'utf8'), true, true)
    .importedFiles.map(entry => entry.fileName);
const folderOf = (path: string): string => path.split('/')[0] ?? '';

describe('the two towers', () => {
  it('covers every folder of src', () => {
    expect([...new Set(files.map(folderOf))].filter(folder => !(folder in MAY_IMPORT))).toEqual([]);
    expect(files.length).toBeGreaterThan(50);
  });

  it('imports only downwards', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = folderOf(file);
      const allowed = new Set([
        ...(MAY_IMPORT[from] ?? []),
        from,
        'core',
        ...(from === 'core' ? [] : ['stages']),
      ]);
      for (const target of importsOf(file).filter(name => name.startsWith('.'))) {
        const to = relative(src, join(src, dirname(file), target)).replaceAll('\\', '/');
        if (!allowed.has(folderOf(to))) wrong.push(`${file} imports ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('keeps third-party libraries in their place', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const name of importsOf(file)) {
        for (const [library, places] of QUARANTINE) {
          if (library.test(name) && !places.some(place => file.startsWith(`${place}/`))) {
            wrong.push(`${file} imports ${name}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has no import cycle between files', () => {
    const graph = new Map(
      files.map(file => [
        file,
        importsOf(file)
          .filter(name => name.startsWith('.'))
          .map(name => relative(src, join(src, dirname(file), name)).replaceAll('\\', '/')),
      ]),
    );
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' > '));
        return;
      }
      state.set(file, 'open');
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps files under 300 lines', () => {
    const long = files.filter(file => readFileSync(join(src, file), 'utf8').split('\n').length > 300);
    expect(long).toEqual([]);
  });
});

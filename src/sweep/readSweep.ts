import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCode } from '../core/files.ts';
import type { ModelInfo } from '../stages/modelInfo.ts';
import { checkSize, checkSweep } from './checkSweep.ts';
import { Diagnostics } from './diagnostics.ts';
import { valuesOf } from './expand.ts';
import type { ValueLists } from './grid.ts';
import { type LooseFile, withoutFaults } from './looseFile.ts';
import { camelCase, snakeCase } from './options.ts';
import { type Grids, resolveGrid } from './resolveGrid.ts';
import { modelDir, resolveModel } from './resolveModel.ts';
import { type Rules, resolveRules } from './resolveRules.ts';
import { resolveSubjects } from './resolveSubjects.ts';
import { sweepSchema } from './schema.ts';
import { reportIssues } from './schemaIssues.ts';
import type { Axis, Subject, Sweep, SweepResult } from './types.ts';
import { parseYaml, type YamlSource } from './yamlSource.ts';

/** Pictures made at once where the file does not say. */
const SAMPLE_BATCH_SIZE = 8;

const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Reads a sweep file and everything it names that planning needs: folders of pictures are listed, the model's JSON is
 * read, no big file is touched. Whatever is wrong is reported at once, in the order of the file; nothing is written.
 *
 * @param path of the sweep file, as the user gave it: messages name it so
 */
export async function readSweep(path: string): Promise<SweepResult> {
  const diagnostics = new Diagnostics(path, null);
  const text = await readFile(path, 'utf8').catch((error: unknown) => ({
    code: systemCode(error) ?? String(error),
  }));
  if (typeof text !== 'string') {
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such sweep file',
      ENOTDIR: 'there is no such sweep file',
      EISDIR: 'is a folder, not a sweep file',
    };
    diagnostics.add({ line: 1, column: 1 }, { what: reasons[text.code] ?? `cannot be read: ${text.code}` });
    return { ok: false, diagnostics: diagnostics.list() };
  }
  if (text.length > MAX_BYTES) {
    diagnostics.add(
      { line: 1, column: 1 },
      { what: 'is too large for a sweep file', expected: 'at most 2 MB' },
    );
    return { ok: false, diagnostics: diagnostics.list() };
  }
  return readSweepText(text, path);
}

/** As {@link readSweep}, for a text that would stand at `path`. */
export async function readSweepText(text: string, path: string): Promise<SweepResult> {
  const source = parseYaml(text.replace(/^\uFEFF/, ''));
  const diagnostics = new Diagnostics(path, source);
  for (const { position, ...problem } of source.problems) diagnostics.add(position, problem);
  if (diagnostics.any) return { ok: false, diagnostics: diagnostics.list() };

  const parsed = sweepSchema.safeParse(source.value, { reportInput: true });
  const issues = parsed.error?.issues ?? [];
  reportIssues(issues, source, diagnostics);
  const file = withoutFaults(source.value, issues);

  const folder = dirname(resolve(path));
  const info = await findModel(file, folder, source, diagnostics);
  const subjects = await resolveSubjects(file, folder, source, diagnostics);
  const grids = resolveGrid(file, info, source, diagnostics);
  const names = subjects.map(({ name }) => name);
  const rules = resolveRules(file, grids, names, source, diagnostics);

  // Without a model its figures are unknown; then what depends on them is not checked.
  if (info) {
    const sweep = assemble(file, resolve(path), info, subjects, grids, rules);
    if (checkSize(sweep, source, diagnostics)) checkSweep(sweep, source, diagnostics);
    if (!diagnostics.any) return { ok: true, sweep };
  }
  return { ok: false, diagnostics: diagnostics.list() };
}

async function findModel(
  { model }: LooseFile,
  folder: string,
  source: YamlSource,
  diagnostics: Diagnostics,
): Promise<ModelInfo | null> {
  if (model === undefined) return null;
  const found = await resolveModel(model, folder);
  if (!('what' in found)) return found;
  diagnostics.add(source.valueAt(['model']), found);
  return null;
}

function assemble(
  file: LooseFile,
  path: string,
  info: ModelInfo,
  subjects: Subject[],
  { train, sample, seeds }: Grids,
  rules: Rules,
): Sweep {
  const model = file.model ?? '';
  const batch = file.sample?.sample_batch_size;
  return {
    name: file.name ?? '',
    file: path,
    model: { name: model, dir: modelDir(model, resolve(path, '..')), info },
    subjects,
    // The schema has checked every value of every list against its option.
    train: train as unknown as Sweep['train'],
    sample: { ...sample, seeds } as unknown as Sweep['sample'],
    axes: [...axesOf('train', file, train, rules.include), ...axesOf('sample', file, sample, [])],
    sampleBatchSize: typeof batch === 'number' ? batch : SAMPLE_BATCH_SIZE,
    ...rules,
    baseline: file.baseline ?? true,
    keepState: file.keep_state ?? 'last',
  };
}

function axesOf(
  block: 'train' | 'sample',
  file: LooseFile,
  lists: ValueLists,
  include: Rules['include'],
): Axis[] {
  const named = [...Object.keys(file[block] ?? {}).map(camelCase), ...include.flatMap(Object.keys)];
  return [...new Set(named)].flatMap(field => {
    const values = valuesOf(lists[field] ?? [], include, field);
    return field in lists && values.length > 1 ? [{ name: snakeCase(field), field, block, values }] : [];
  });
}

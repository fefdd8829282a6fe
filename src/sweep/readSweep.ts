import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCode } from '../core/files.ts';
import type { ModelInfo } from '../stages/modelInfo.ts';
import { checkSize, checkSweep } from './checkSweep.ts';
import { Diagnostics } from './diagnostics.ts';
import { samplerPoints, trainingPoints, valuesOf } from './expand.ts';
import { distinct, type ValueLists } from './grid.ts';
import { withFlatInversion } from './inversionBlocks.ts';
import { type LooseFile, withoutFaults } from './looseFile.ts';
import { camelCase, SAMPLE_BATCH_SIZE, snakeCase, trainScalars } from './options.ts';
import { withOverrides } from './overrides.ts';
import { type Grids, resolveGrid } from './resolveGrid.ts';
import { modelDir, resolveModel } from './resolveModel.ts';
import { type Rules, resolveRules } from './resolveRules.ts';
import { resolveScore } from './resolveScore.ts';
import { resolveSubjects } from './resolveSubjects.ts';
import { sweepSchema } from './schema.ts';
import { reportIssues } from './schemaIssues.ts';
import { checkIdleOptions } from './scriptOptions.ts';
import { readSelection } from './selection.ts';
import type { Axis, Subject, Sweep, SweepResult } from './types.ts';
import { parseYaml, type YamlSource } from './yamlSource.ts';

const MAX_BYTES = 2 * 1024 * 1024;

/** What the command line changes about a sweep, as it was given. */
export interface SweepChanges {
  /** `KEY=VALUE`, see overrides.ts. */
  set?: readonly string[];
  /** Choices of trials and pictures, see selection.ts. */
  only?: readonly string[];
  exclude?: readonly string[];
}

/**
 * Reads a sweep file and everything it names that planning needs: folders of pictures are listed, the model's JSON is
 * read, no big file is touched. Whatever is wrong is reported at once, in the order of the file; nothing is written.
 *
 * @param path of the sweep file, as the user gave it: messages name it so
 */
export async function readSweep(path: string, changes: SweepChanges = {}): Promise<SweepResult> {
  const diagnostics = new Diagnostics(path, null);
  const bytes = await readFile(path).catch((error: unknown) => ({
    code: systemCode(error) ?? String(error),
  }));
  if (!(bytes instanceof Uint8Array)) {
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such sweep file',
      ENOTDIR: 'there is no such sweep file',
      EISDIR: 'is a folder, not a sweep file',
    };
    diagnostics.add({ line: 1, column: 1 }, { what: reasons[bytes.code] ?? `cannot be read: ${bytes.code}` });
    return { ok: false, diagnostics: diagnostics.list() };
  }
  if (bytes.length > MAX_BYTES) {
    diagnostics.add(
      { line: 1, column: 1 },
      { what: 'is too large for a sweep file', expected: 'at most 2 MB' },
    );
    return { ok: false, diagnostics: diagnostics.list() };
  }
  const text = bytes.toString('utf8');
  // In another encoding umlauts would become replacement characters, in prompts, too.
  if (!isUtf8(bytes)) {
    const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
    diagnostics.add(
      { line, column: 1 },
      { what: `line ${line} is no UTF-8`, hint: 'Let your editor save the file as UTF-8' },
    );
    return { ok: false, diagnostics: diagnostics.list() };
  }
  return readSweepText(text, path, changes);
}

/** As {@link readSweep}, for a text that would stand at `path`. */
export async function readSweepText(
  text: string,
  path: string,
  { set = [], only = [], exclude = [] }: SweepChanges = {},
): Promise<SweepResult> {
  const source = withFlatInversion(withOverrides(parseYaml(text.replace(/^\uFEFF/, '')), set));
  const diagnostics = new Diagnostics(path, source);
  for (const { position, ...problem } of source.problems) diagnostics.add(position, problem);
  if (diagnostics.any) return { ok: false, diagnostics: diagnostics.list() };

  const parsed = sweepSchema.safeParse(source.value, { reportInput: true });
  const issues = parsed.error?.issues ?? [];
  reportIssues(issues, source, diagnostics);
  const file = withoutFaults(source.value, issues);

  const folder = dirname(resolve(path));
  const info = await findModel(file, folder, source, diagnostics);
  checkLength(file, source, diagnostics);
  const remarks = checkBlocks(file, source, diagnostics);
  const grids = resolveGrid(file, info, source, diagnostics);
  const subjects = await resolveSubjects(file, folder, grids, source, diagnostics);
  const names = subjects.map(({ name }) => name);
  const score = await resolveScore(file, folder, source, diagnostics);
  const rules = resolveRules(file, grids, names, source, diagnostics);

  // Without a model its figures are unknown; then what depends on them is not checked.
  if (info) {
    const sweep = assemble(file, resolve(path), info, subjects, grids, rules, score);
    sweep.remarks = remarks;
    sweep.selection = readSelection({ only, exclude }, sweep, diagnostics);
    sweep.commandLine = [
      ...set.map(argument => `-S ${argument}`),
      ...only.map(argument => `--only ${argument}`),
      ...exclude.map(argument => `--exclude ${argument}`),
    ];
    if (checkSize(sweep, source, diagnostics)) checkSweep(sweep, source, diagnostics);
    if (!diagnostics.any) return { ok: true, sweep: { ...sweep, axes: liveAxes(sweep) } };
  }
  return { ok: false, diagnostics: diagnostics.list() };
}

/** Where training ends is wanted, from the block, a preset, or every subject's own block. */
function checkLength({ train, subjects }: LooseFile, source: YamlSource, diagnostics: Diagnostics): void {
  const own = Object.values(subjects ?? {}).map(subject => subject.train);
  const given = (block: LooseFile['train']): boolean => block?.max_train_steps !== undefined;
  const isBlock = typeof source.value === 'object' && source.value !== null && !Array.isArray(source.value);
  // A preset that is not known is a mistake of its own, and so is a file that is no block.
  if (!isBlock || source.has(['preset'])) return;
  if (given(train) || (own.length > 0 && own.every(given))) return;
  if (!source.has(['train'])) {
    diagnostics.add(source.keyAt([]), {
      what: 'train is missing',
      expected: 'a block of options, or a preset',
    });
  } else if (train !== undefined && !source.has(['train', 'max_train_steps'])) {
    const expected = trainScalars.max_train_steps.safeParse(undefined).error?.issues[0]?.message;
    diagnostics.add(source.keyAt(['train']), {
      what: 'max_train_steps is missing under train',
      expected: `${expected}, or a list of such values`,
    });
  }
}

/** What `train` and the subjects' own blocks say of options that a sweep takes and does not use. */
function checkBlocks({ train, subjects }: LooseFile, source: YamlSource, diagnostics: Diagnostics): string[] {
  const used = Object.keys(trainScalars);
  const own = Object.entries(subjects ?? {}).flatMap(([name, subject]) =>
    checkIdleOptions(subject.train, ['subjects', name, 'train'], used, source, diagnostics),
  );
  return distinct([...checkIdleOptions(train, ['train'], used, source, diagnostics), ...own]);
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
  score: Sweep['score'],
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
    axes: [
      ...axesOf('train', file, train, subjects, rules.include),
      ...axesOf('sample', file, sample, [], []),
    ],
    gradientCheckpointing: file.train?.gradient_checkpointing === true,
    sampleBatchSize: typeof batch === 'number' ? batch : SAMPLE_BATCH_SIZE,
    ...rules,
    selection: { only: [], exclude: [] },
    commandLine: [],
    remarks: [],
    score,
    baseline: file.baseline ?? true,
    keepState: file.keep_state ?? 'last',
    notes: typeof file.notes === 'string' ? file.notes : null,
  };
}

function axesOf(
  block: 'train' | 'sample',
  file: LooseFile,
  lists: ValueLists,
  subjects: readonly Subject[],
  include: Rules['include'],
): Axis[] {
  const named = [
    ...Object.keys(file[block] ?? {}).map(camelCase),
    ...subjects.flatMap(({ train }) => Object.keys(train)),
    ...include.flatMap(Object.keys),
  ];
  return [...new Set(named)].flatMap(field => {
    const values = valuesOf(lists[field] ?? [], subjects, include, field);
    return field in lists && values.length > 1 ? [{ name: snakeCase(field), field, block, values }] : [];
  });
}

/** The axes without values that no trial or picture has left; one value is no axis. */
function liveAxes(sweep: Sweep): Axis[] {
  const live = new Map<string, Set<unknown>>();
  for (const { values } of [...trainingPoints(sweep), ...samplerPoints(sweep)]) {
    for (const [name, value] of Object.entries(values)) {
      const known = live.get(name);
      if (known) known.add(value);
      else live.set(name, new Set([value]));
    }
  }
  return sweep.axes
    .map(axis => ({ ...axis, values: axis.values.filter(value => live.get(axis.name)?.has(value)) }))
    .filter(({ values }) => values.length > 1);
}

import { resolve } from 'node:path';
import { captionExtensions } from './captionExtensions.ts';
import type { Diagnostics } from './diagnostics.ts';
import { distinct, toFields, type ValueLists } from './grid.ts';
import type { LooseFile } from './looseFile.ts';
import { listPictures } from './subjectFolder.ts';
import type { Subject } from './types.ts';
import type { Path, YamlSource } from './yamlSource.ts';

/**
 * Reads the subjects' folders. What is missing in the file stays empty here: the schema has said so already.
 *
 * @param grids the lists of training options, and those that subjects have of their own
 */
export async function resolveSubjects(
  { subjects, sample, include }: LooseFile,
  folder: string,
  { train, subjects: own }: { train: ValueLists; subjects: Readonly<Record<string, ValueLists>> },
  source: YamlSource,
  diagnostics: Diagnostics,
): Promise<Subject[]> {
  const list = async (written: string, path: Path, captions: readonly string[] = []): Promise<string[]> => {
    const { paths, problems } = await listPictures(resolve(folder, written), written, captions);
    for (const problem of problems) diagnostics.add(source.valueAt(path), problem);
    return paths;
  };

  const captionsOf = (name: string): string[] =>
    captionExtensions(
      train.captionExtension ?? [],
      own[name] ?? {},
      (include ?? []).map(rule => toFields(rule ?? {})),
    );
  const shared = promptList(sample?.prompts);
  const resolved: Subject[] = [];
  for (const [name, block] of Object.entries(subjects ?? {})) {
    const { instance_data_dir: instances, class_data_dir: classes, held_out_dir: heldOut } = block;
    const prompts = promptList(block.prompts) ?? shared;
    if (!prompts && !source.has(['sample', 'prompts'])) {
      diagnostics.add(source.keyAt(['sample']), {
        what: `there are no prompts to sample for ${name}`,
        expected: 'a list of prompts under sample, or one under the subject',
      });
    }
    resolved.push({
      name,
      instanceDataDir: resolve(folder, instances ?? ''),
      instanceImages:
        instances === undefined
          ? []
          : await list(instances, ['subjects', name, 'instance_data_dir'], captionsOf(name)),
      instancePrompt: block.instance_prompt ?? '',
      classPrompt: block.class_prompt ?? null,
      classDataDir: classes === undefined ? null : resolve(folder, classes),
      classImages: classes === undefined ? [] : await list(classes, ['subjects', name, 'class_data_dir']),
      heldOutImages: heldOut === undefined ? [] : await list(heldOut, ['subjects', name, 'held_out_dir']),
      prompts: distinct(prompts ?? []),
      train: own[name] ?? {},
    });
  }
  return resolved;
}

function promptList(value: unknown): string[] | null {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : null;
}

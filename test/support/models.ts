import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from './tmp.ts';

export const TINY_PIPELINES = ['plain', 'sd2', 'old-names', 'sharded'] as const;

export type TinyPipeline = (typeof TINY_PIPELINES)[number];

const ROOT = fileURLToPath(new URL('../golden/tiny-pipelines', import.meta.url));

/** Folder of a recorded tiny pipeline; read only. */
export const tinyPipelineDir = (name: TinyPipeline): string => join(ROOT, name);

/** A copy of a tiny pipeline that the running test may damage; removed when the test ends. */
export function copyTinyPipeline(name: TinyPipeline): string {
  const dir = join(tempDir(), name);
  cpSync(tinyPipelineDir(name), dir, { recursive: true, filter: path => !/expected\.\w+$/.test(path) });
  return dir;
}

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ScoreName } from '../stages/scores.ts';
import type { Diagnostics, Problem } from './diagnostics.ts';
import { distinct } from './grid.ts';
import type { LooseFile, ScoreNotation } from './looseFile.ts';
import { pathHint } from './pathHint.ts';
import { modelDir } from './resolveModel.ts';
import type { ScoreSettings } from './types.ts';
import type { YamlSource } from './yamlSource.ts';

/** The scores of the DreamBooth paper, where a block does not say which. */
const DEFAULT_METRICS: readonly ScoreName[] = ['clip_i', 'clip_t'];

/** A CLIP that a model folder brings along. */
const OWN_CLIP = 'clip';

/** What a sweep measures, with its scorers' folders looked at; null where it measures nothing. */
export async function resolveScore(
  { score, model }: LooseFile,
  folder: string,
  source: YamlSource,
  diagnostics: Diagnostics,
): Promise<ScoreSettings | null> {
  if (score === undefined) return null;
  const block: ScoreNotation = Array.isArray(score) ? { metrics: score } : score;
  const found = (key: 'scorer' | 'dino', modelType: string): string | null => {
    const written = block[key];
    if (written === undefined) return null;
    const dir = resolve(folder, written);
    const problem = wrongFolder(dir, written, modelType);
    if (problem) diagnostics.add(source.valueAt(['score', key]), problem);
    return dir;
  };
  const own = model === undefined ? null : join(modelDir(model, folder), OWN_CLIP);
  const others = block.other_prompts;
  return {
    metrics: distinct(block.metrics ?? [...DEFAULT_METRICS]),
    clipDir: found('scorer', 'clip') ?? (own !== null && wrongFolder(own, own, 'clip') === null ? own : null),
    dinoDir: found('dino', 'vit'),
    otherPrompts: others === undefined ? null : distinct([others].flat()),
  };
}

/** Whether a folder is no such model; only its config.json is read. */
function wrongFolder(dir: string, shown: string, modelType: string): Problem | null {
  const expected = `a folder with a model of type ${modelType} in transformers' layout`;
  if (!existsSync(dir)) {
    return { what: `there is no folder ${shown}`, expected, hint: pathHint(shown) };
  }
  try {
    const config: unknown = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'));
    const got =
      typeof config === 'object' && config !== null && 'model_type' in config ? config.model_type : null;
    return got === modelType
      ? null
      : { what: `${shown} is another model`, expected, got: String(got ?? 'no model_type') };
  } catch {
    return { what: `${shown} has no config.json that can be read`, expected };
  }
}

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SweetspotError } from '../core/errors.ts';
import { type ModelInfo, readModelInfo } from '../stages/modelInfo.ts';
import type { Problem } from './diagnostics.ts';
import { hubHint, pathHint } from './pathHint.ts';

/** The base model that comes with the package. */
export const BUILT_IN_MODEL = 'pocket';

/** The folder that a model's name means: the built-in one, or a path relative to `folder`. */
export function modelDir(name: string, folder: string): string {
  if (name === BUILT_IN_MODEL) return fileURLToPath(new URL('../../models/pocket', import.meta.url));
  return resolve(folder, name);
}

/** Reads what a plan needs of the model, or says what is wrong with it. */
export async function resolveModel(name: string, folder: string): Promise<ModelInfo | Problem> {
  const dir = modelDir(name, folder);
  const isFolder = await stat(dir).then(
    found => found.isDirectory(),
    () => null,
  );
  if (isFolder === null && name === BUILT_IN_MODEL) {
    return { what: `the built-in model is missing at ${dir}`, hint: 'Install the package again' };
  }
  if (isFolder === null) {
    return {
      what: `there is no model folder ${name}`,
      expected: `${BUILT_IN_MODEL}, or a folder in diffusers layout`,
      hint: hubHint(name, folder) ?? pathHint(name),
    };
  }
  if (!isFolder) return { what: `the model ${name} is a file`, expected: 'a folder in diffusers layout' };
  try {
    return await readModelInfo(dir);
  } catch (error) {
    if (!(error instanceof SweetspotError)) throw error;
    const { place, what, allowed, got, hint } = error;
    return {
      what: `the model cannot be used: ${place ? `${place}: ` : ''}${what}`,
      expected: allowed,
      got,
      hint,
    };
  }
}

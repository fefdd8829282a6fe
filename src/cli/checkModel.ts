import { existsSync } from 'node:fs';
import { SweetspotError } from '../core/errors.ts';
import { hubHint } from '../sweep/pathHint.ts';
import { modelDir } from '../sweep/resolveModel.ts';

/** The model's folder; refuses one that is not there, before anything is made or started. */
export function checkModel(name: string): string {
  const dir = modelDir(name, process.cwd());
  if (existsSync(dir)) return dir;
  const hint = hubHint(name, process.cwd());
  throw new SweetspotError('E_MISSING', 'there is no such model folder', {
    place: name,
    allowed: '`pocket`, or a folder in diffusers layout',
    ...(hint !== null && { hint }),
  });
}

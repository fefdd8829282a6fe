import { join } from 'node:path';
import { SweetspotError } from '../../core/errors.ts';
import { readJson } from '../../core/files.ts';
import { type CLIPTextConfig, parseClipTextConfig } from '../../diffusion/config/clipTextConfig.ts';

/** Of a text encoder's folder, or of a CLIP's, of which only the texts are wanted. */
export async function readTextConfig(dir: string): Promise<CLIPTextConfig> {
  const place = join(dir, 'config.json');
  const json = (await readJson(place)) as { text_config?: unknown } | null;
  if (typeof json !== 'object' || json === null) {
    throw new SweetspotError('E_MODEL', 'not a configuration', { place });
  }
  return parseClipTextConfig(json.text_config ?? json, place);
}

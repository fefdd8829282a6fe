import { join } from 'node:path';
import { readJson } from '../../core/files.ts';
import { parseVaeConfig, type VaeConfig } from '../../diffusion/config/vaeConfig.ts';

/** Of a VAE's folder. */
export async function readVaeConfig(dir: string): Promise<VaeConfig> {
  const place = join(dir, 'config.json');
  return parseVaeConfig(await readJson(place), place);
}

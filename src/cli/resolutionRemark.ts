import { readModelInfo } from '../stages/modelInfo.ts';
import type { TrainOption } from '../stages/trainOptions.ts';

/**
 * Where no resolution was given, the script's own default holds, whatever the model: a word about it where the model was
 * made for pictures of another size. (A sweep takes the model's.)
 */
export async function resolutionRemark(
  values: Readonly<Record<string, unknown>>,
  options: readonly TrainOption[],
): Promise<string | null> {
  const model = values.pretrained_model_name_or_path;
  const resolution = options.find(({ name }) => name === 'resolution')?.default;
  if (values.resolution !== undefined || typeof model !== 'string') return null;
  // What is wrong with the model the worker says.
  const info = await readModelInfo(model).catch(() => null);
  if (info === null) return null;
  const own = Math.min(info.width, info.height);
  if (own === resolution) return null;
  return `training at ${resolution} pixels, the script's default; the model's own size is ${own}: --resolution ${own}`;
}

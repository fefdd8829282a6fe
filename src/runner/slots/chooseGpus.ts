import { SweetspotError } from '../../core/errors.ts';
import type { Gpu } from './gpus.ts';

/**
 * The GPUs that CUDA_VISIBLE_DEVICES leaves: indices or UUIDs (a beginning of one is enough), in its order. As in CUDA,
 * the first entry that names none hides the rest; unset it hides nothing, empty everything.
 */
export function visibleGpus(gpus: readonly Gpu[], visible: string | undefined): Gpu[] {
  if (visible === undefined) return [...gpus];
  const chosen: Gpu[] = [];
  for (const entry of visible.split(',').map(text => text.trim())) {
    const gpu = find(gpus, entry);
    if (!gpu || chosen.includes(gpu)) break;
    chosen.push(gpu);
  }
  return chosen;
}

/**
 * The GPUs that `--gpus` names, among the visible ones.
 * @throws E_BACKEND for one that is not there
 */
export function namedGpus(gpus: readonly Gpu[], names: string): Gpu[] {
  const chosen = names.split(',').map(text => {
    const gpu = find(gpus, text.trim());
    if (gpu) return gpu;
    throw new SweetspotError('E_BACKEND', 'no such GPU', {
      place: '--gpus',
      allowed:
        gpus.map(({ index }) => index).join(', ') ||
        'no number at all: nvidia-smi and CUDA_VISIBLE_DEVICES show no GPU',
      got: text.trim(),
    });
  });
  return [...new Set(chosen)];
}

const find = (gpus: readonly Gpu[], name: string): Gpu | undefined =>
  /^\d+$/.test(name)
    ? gpus.find(({ index }) => index === Number(name))
    : name.length > 4
      ? gpus.find(({ uuid }) => uuid.startsWith(name))
      : undefined;

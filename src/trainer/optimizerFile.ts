import type { AdamWState, Moments } from '../compute/optimizer/adamw.ts';
import { SweetspotError } from '../core/errors.ts';
import { SafetensorsFile } from '../diffusion/safetensors/safetensorsFile.ts';
import { writeSafetensors } from '../diffusion/safetensors/writeSafetensors.ts';

/** The Adam moments of a checkpoint. */
export const OPTIMIZER_FILE = 'optimizer.safetensors';

/** torch's names of the moments in an optimizer's state. */
const FIRST = 'exp_avg';
const SECOND = 'exp_avg_sq';

/**
 * Writes both Adam moments of every variable, flat and in the layout of memory, as `<name>.exp_avg` and
 * `<name>.exp_avg_sq`; the number of updates is in the metadata.
 *
 * @param names of the variables, in the optimizer's order
 */
export async function writeMoments(
  path: string,
  { step, moments }: AdamWState,
  names: readonly string[],
): Promise<void> {
  const tensors = moments.flatMap(({ m, v }, i) => [
    { name: `${names[i]}.${FIRST}`, shape: [m.length], dtype: 'F32' as const, data: m },
    { name: `${names[i]}.${SECOND}`, shape: [v.length], dtype: 'F32' as const, data: v },
  ]);
  await writeSafetensors(path, tensors, { step: `${step}` });
}

/**
 * The way back of {@link writeMoments}.
 * @throws E_CHECKPOINT when the file is of another model; E_SAFETENSORS when it is damaged
 */
export function readMoments(path: string, names: readonly string[]): AdamWState {
  const file = SafetensorsFile.open(path);
  try {
    const step = Number(file.metadata.step);
    if (file.entries.size !== 2 * names.length) {
      throw new SweetspotError('E_CHECKPOINT', 'the moments are those of another model', {
        place: path,
        allowed: `${2 * names.length} tensors`,
        got: `${file.entries.size}`,
      });
    }
    const moments: Moments[] = names.map(name => ({
      m: file.read(`${name}.${FIRST}`),
      v: file.read(`${name}.${SECOND}`),
    }));
    return { step, moments };
  } finally {
    file.close();
  }
}

import type { Moment, Moments } from '../compute/optimizer/moments.ts';
import { SweetspotError } from '../core/errors.ts';
import { SafetensorsFile } from '../diffusion/safetensors/safetensorsFile.ts';
import { type TensorToWrite, writeSafetensors } from '../diffusion/safetensors/writeSafetensors.ts';
import type { LossScaleState } from './lossScale.ts';
import type { OptimizerState } from './stepComputation.ts';

/** The Adam moments of a checkpoint. */
export const OPTIMIZER_FILE = 'optimizer.safetensors';

/** torch's names of the moments in an optimizer's state. */
const FIRST = 'exp_avg';
const SECOND = 'exp_avg_sq';

/** The scales of a moment in eight bits. */
const scalesOf = (name: string): string => `${name}.absmax`;

/**
 * Writes both Adam moments of every variable, flat and in the layout of memory, as `<name>.exp_avg` and
 * `<name>.exp_avg_sq`; the number of updates is in the metadata, and with float16 the scale of the loss. Moments in eight bits are U8, and their scales lie beside
 * them as `<name>.exp_avg.absmax`.
 *
 * @param names of the variables, in the optimizer's order
 */
export async function writeMoments(
  path: string,
  { step, moments, lossScale }: OptimizerState,
  names: readonly string[],
): Promise<void> {
  const tensors = moments.flatMap(({ m, v }, i) => [
    ...tensorsOf(`${names[i]}.${FIRST}`, m),
    ...tensorsOf(`${names[i]}.${SECOND}`, v),
  ]);
  const scale = lossScale && { loss_scale: JSON.stringify(lossScale) };
  await writeSafetensors(path, tensors, { step: `${step}`, ...scale });
}

function tensorsOf(name: string, moment: Moment): TensorToWrite[] {
  if (moment instanceof Float32Array) return [{ name, shape: [moment.length], dtype: 'F32', data: moment }];
  const { codes, absmax } = moment;
  return [
    { name, shape: [codes.length], dtype: 'U8', data: codes },
    { name: scalesOf(name), shape: [absmax.length], dtype: 'F32', data: absmax },
  ];
}

/**
 * The way back of {@link writeMoments}.
 * @throws E_CHECKPOINT when the file is of another model; E_SAFETENSORS when it is damaged
 */
export function readMoments(path: string, names: readonly string[]): OptimizerState {
  const file = SafetensorsFile.open(path);
  try {
    const step = Number(file.metadata.step);
    const wanted = names.reduce((sum, name) => sum + (isInBytes(file, name) ? 4 : 2), 0);
    if (file.entries.size !== wanted) {
      throw new SweetspotError('E_CHECKPOINT', 'the moments are those of another model', {
        place: path,
        allowed: `${wanted} tensors`,
        got: `${file.entries.size}`,
      });
    }
    const { loss_scale: scale } = file.metadata;
    return {
      step,
      moments: names.map(name => readPair(file, name)),
      ...(scale !== undefined && { lossScale: JSON.parse(scale) as LossScaleState }),
    };
  } finally {
    file.close();
  }
}

const isInBytes = (file: SafetensorsFile, name: string): boolean =>
  file.entries.get(`${name}.${FIRST}`)?.dtype === 'U8';

function readPair(file: SafetensorsFile, name: string): Moments {
  const [first, second] = [`${name}.${FIRST}`, `${name}.${SECOND}`];
  if (!isInBytes(file, name)) return { m: file.read(first), v: file.read(second) };
  const quantized = (moment: string) => ({
    codes: file.readBytes(moment),
    absmax: file.read(scalesOf(moment)),
  });
  return { m: quantized(first), v: quantized(second) };
}

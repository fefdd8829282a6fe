import { compileMode, graphBackend } from '../compute/graph/compiling.ts';
import type { Precision } from '../compute/graph/trainingGraph.ts';
import { SweetspotError } from '../core/errors.ts';
import type { MixedPrecision } from '../stages/job.ts';

/** The type of products by the script's name. */
export const PRECISIONS: Record<MixedPrecision, Precision> = {
  no: 'float32',
  fp16: 'float16',
  bf16: 'bfloat16',
};

/**
 * Refuses a precision that the backend in use does not have.
 * @throws E_OPTION: 16 bits are there in compiled graphs alone
 */
export function checkPrecision(precision: MixedPrecision): void {
  if (precision === 'no' || graphBackend()) return;
  throw new SweetspotError('E_OPTION', 'mixed precision needs native TensorFlow and compiled steps', {
    place: '--mixed_precision',
    allowed: 'no',
    got: precision,
    hint:
      compileMode() === 'off'
        ? 'Leave --compile off out, or train in float32'
        : 'Install it with `sweetspot backend install`, or train in float32; --gradient_checkpointing and --use_8bit_adam save memory everywhere',
  });
}

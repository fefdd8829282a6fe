import { textToImage } from '../diffusion/textToImage.ts';
import type { SampleParameters } from '../stages/job.ts';
import type { JobContext } from './context.ts';

/** The first sampler steps pay for start-up; the next ones are timed. PNDM makes one more than it is asked for. */
const WARM_UP_STEPS = 1;
const TIMED_STEPS = 2;

/** Seconds of one sampler step of one picture in such a batch. */
export async function timeSampling(
  { modelDir, sampler, pictures }: SampleParameters,
  context: JobContext,
): Promise<number | undefined> {
  const pipeline = await context.models.get(modelDir);
  const times: number[] = [];
  await textToImage(pipeline, {
    ...sampler,
    numInferenceSteps: WARM_UP_STEPS + TIMED_STEPS,
    pictures,
    signal: context.signal,
    onStep: () => times.push(performance.now()),
  });
  const first = times[WARM_UP_STEPS - 1];
  const last = times[WARM_UP_STEPS + TIMED_STEPS - 1];
  if (first === undefined || last === undefined) return undefined;
  return (last - first) / 1000 / TIMED_STEPS / pictures.length;
}

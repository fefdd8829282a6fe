import type { InversionParameters, JobOutput } from '../stages/job.ts';
import { TextualInversionTrainer } from '../trainer/textualInversion.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { trainTrajectory } from './trajectoryExecutor.ts';

/** Learns a new word; the base model stays as it is. */
export async function textualInversion(
  parameters: InversionParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<ExecutorEnd> {
  return trainTrajectory(await createInversion(parameters, context), parameters, outputs, context);
}

export async function createInversion(
  { modelDir, images, options, maxTrainSteps, gradientCheckpointing }: InversionParameters,
  context: JobContext,
): Promise<TextualInversionTrainer> {
  const trainer = await TextualInversionTrainer.create({
    pipeline: await context.models.get(modelDir),
    images,
    options,
    maxTrainSteps,
    gradientCheckpointing,
    environment: context.environment,
  });
  for (const { prompt, rest } of trainer.truncatedPrompts) {
    context.warn(`the prompt "${prompt}" is too long for the text encoder; this part is not seen: "${rest}"`);
  }
  return trainer;
}

import { join } from 'node:path';
import { EMBEDDINGS_FILE, expandPlaceholders, readEmbeddings } from '../diffusion/learnedEmbeddings.ts';
import type { DreamboothParameters, JobOutput } from '../stages/job.ts';
import { DreamboothTrainer } from '../trainer/dreambooth.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { trainTrajectory } from './trajectoryExecutor.ts';

/** Trains a trajectory of DreamBooth. */
export async function dreambooth(
  parameters: DreamboothParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<ExecutorEnd> {
  return trainTrajectory(await createTrainer(parameters, context), parameters, outputs, context);
}

/** A trainer over the base model's weights; from here on the cache must not take them for the base's. */
export async function createTrainer(
  parameters: DreamboothParameters,
  context: JobContext,
): Promise<DreamboothTrainer> {
  const { modelDir, embeddingsDir, instanceCaptions } = parameters;
  const pipeline = await context.models.get(modelDir, embeddingsDir);
  context.models.invalidate();
  const expand = (prompt: string): string => expandPlaceholders(prompt, pipeline.tokenizer);
  const trainer = await DreamboothTrainer.create({
    pipeline,
    instanceImages: parameters.instanceImages,
    instancePrompt: expand(parameters.instancePrompt),
    instanceCaptions: instanceCaptions === null ? null : instanceCaptions.map(expand),
    embeddings: embeddingsDir === null ? null : readEmbeddings(join(embeddingsDir, EMBEDDINGS_FILE)),
    classImages: parameters.classImages,
    classPrompt: parameters.classPrompt,
    options: parameters.options,
    gradientCheckpointing: parameters.gradientCheckpointing,
    maxTrainSteps: parameters.maxTrainSteps,
    averages: parameters.averages,
    environment: context.environment,
  });
  for (const { prompt, rest } of trainer.truncatedPrompts) {
    context.warn(`the prompt "${prompt}" is too long for the text encoder; this part is not seen: "${rest}"`);
  }
  return trainer;
}

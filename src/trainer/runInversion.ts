import { join } from 'node:path';
import { makeFolder } from '../core/makeFolder.ts';
import { listImages } from '../diffusion/images/index.ts';
import { withEmbeddings, writeEmbeddings } from '../diffusion/learnedEmbeddings.ts';
import {
  loadPipeline,
  type StableDiffusionPipeline,
  savePipeline,
  withTokenizer,
} from '../diffusion/pipeline/index.ts';
import { type InversionRequest, resolveInversionOptions } from '../stages/inversionOptions.ts';
import {
  nextMultiple,
  runCheckpointed,
  startOf,
  type TrainingEnd,
  type TrainingHooks,
} from './checkpointedRun.ts';
import { CARD_FILE, writeModelCard } from './modelCard.ts';
import { TextualInversionTrainer } from './textualInversion.ts';

/**
 * One textual inversion from the options of textual_inversion.py to its output folder: the training with checkpoints,
 * `losses.jsonl`, the embeddings on the way and at the end, and where it is asked for the whole model with the new word.
 *
 * @param values options by the script's names; see {@link resolveInversionOptions}
 */
export async function runInversion(
  values: Record<string, unknown>,
  hooks: TrainingHooks,
): Promise<TrainingEnd> {
  const { request, warnings } = resolveInversionOptions(values);
  for (const warning of warnings) hooks.onWarning?.(warning);
  // Before anything is computed: what is wrong with the folders is found now.
  const { paths: images, skipped } = await listImages(request.trainDataDir);
  if (skipped.length > 0) hooks.onInfo?.(`${request.trainDataDir}: left out ${skipped.join(', ')}`);
  makeFolder(request.outputDir);
  const pipeline = await openPipeline(request);
  try {
    return await train(request, values, hooks, pipeline, images);
  } finally {
    pipeline.dispose();
  }
}

async function openPipeline({ modelDir, variant, tokenizerDir }: InversionRequest) {
  return withTokenizer(await loadPipeline(modelDir, { variant }), tokenizerDir);
}

async function train(
  request: InversionRequest,
  values: Record<string, unknown>,
  hooks: TrainingHooks,
  pipeline: StableDiffusionPipeline,
  images: string[],
): Promise<TrainingEnd> {
  const { outputDir, maxTrainSteps, saveSteps } = request;
  const start = await startOf(request, hooks);
  const trainer = await TextualInversionTrainer.create({
    pipeline,
    images,
    options: { ...request.options, seed: start.seed },
    maxTrainSteps,
    gradientCheckpointing: request.gradientCheckpointing,
    environment: hooks.environment,
  });
  try {
    for (const { prompt, rest } of trainer.truncatedPrompts) {
      hooks.onWarning?.(`the prompt "${prompt}" is too long; this part is not seen: "${rest}"`);
    }
    const saves = {
      stops: (after: number) => nextMultiple(after, saveSteps),
      onStop: async () => {
        if (trainer.step % saveSteps !== 0) return;
        const file = join(outputDir, `learned_embeds-steps-${trainer.step}.safetensors`);
        await writeEmbeddings(file, trainer.embeddings);
      },
    };
    const end = await runCheckpointed(trainer, start, maxTrainSteps, { ...request, ...saves }, hooks);
    if (end === 'done') {
      await save(request, pipeline, trainer);
      const { photos, step: steps } = trainer;
      const settings = { ...values, seed: start.seed };
      const card = {
        kind: 'textual inversion',
        baseModel: request.modelDir,
        settings,
        photos,
        steps,
      } as const;
      if (!(await writeModelCard(outputDir, card)))
        hooks.onWarning?.(`${outputDir}: ${CARD_FILE} kept as it was`);
    }
    return { end, step: trainer.step, outputDir };
  } finally {
    trainer.dispose();
  }
}

async function save(
  { outputDir, saveAsFullPipeline }: InversionRequest,
  pipeline: StableDiffusionPipeline,
  trainer: TextualInversionTrainer,
): Promise<void> {
  if (saveAsFullPipeline) {
    await savePipeline(outputDir, withEmbeddings(pipeline, trainer.embeddings));
  }
  await trainer.saveWeights(outputDir);
}

import { readFileSync } from 'node:fs';
import { listImages } from '../../../src/diffusion/images/index.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../../../src/diffusion/pipeline/index.ts';
import { resolveInversionOptions } from '../../../src/stages/inversionOptions.ts';
import { TextualInversionTrainer } from '../../../src/trainer/textualInversion.ts';
import type { StepMetrics } from '../../../src/trainer/trainer.ts';
import { GOLDEN, valuesOf } from './goldenTraining.ts';

export interface GoldenInversion {
  /** The script's options by name; paths are absolute. */
  values: Record<string, string | boolean>;
  /** One entry an optimizer update, from 1. */
  losses: StepMetrics[];
  /** By step, then by placeholder: [vectors][width]. */
  embeddings: Record<string, Record<string, number[][]>>;
}

/** See test/golden/textual-inversion/PROVENANCE.md. */
export function readGoldenInversion(name: string): GoldenInversion {
  const read = (file: string) =>
    JSON.parse(readFileSync(`${GOLDEN}textual-inversion/${name}/${file}`, 'utf8'));
  return {
    values: valuesOf(read('options.json')),
    losses: read('losses.json'),
    embeddings: read('embeddings.json'),
  };
}

/** A trainer over a freshly loaded pipeline, set up as the script's options say. */
export async function goldenInversion(values: Record<string, unknown>): Promise<{
  trainer: TextualInversionTrainer;
  pipeline: StableDiffusionPipeline;
  dispose(): void;
}> {
  const { request } = resolveInversionOptions(values);
  const pipeline = await loadPipeline(request.modelDir);
  const trainer = await TextualInversionTrainer.create({
    pipeline,
    images: (await listImages(request.trainDataDir)).paths,
    options: { ...request.options, seed: request.seed ?? 0 },
    maxTrainSteps: request.maxTrainSteps,
  });
  const dispose = (): void => {
    trainer.dispose();
    pipeline.dispose();
  };
  return { trainer, pipeline, dispose };
}

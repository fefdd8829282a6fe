import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listImages } from '../../../src/diffusion/images/index.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../../../src/diffusion/pipeline/index.ts';
import { resolveTrainOptions } from '../../../src/stages/trainOptions.ts';
import {
  type DreamboothSetup,
  DreamboothTrainer,
  type StepMetrics,
} from '../../../src/trainer/dreambooth.ts';

/** Where the recorded trainings and their models and photos are: test/golden/train/PROVENANCE.md. */
export const GOLDEN = fileURLToPath(new URL('../../golden/', import.meta.url));

export interface RecordedWeights {
  first64: Record<string, number[]>;
  norms: Record<string, number>;
}

export interface GoldenCase {
  /** The script's options by name; paths are absolute. */
  values: Record<string, string | boolean>;
  /** One entry an optimizer update, from 1. */
  losses: StepMetrics[];
  weights: Record<string, RecordedWeights>;
}

const PATHS = ['pretrained_model_name_or_path', 'instance_data_dir', 'class_data_dir', 'train_data_dir'];

export function readGolden(name: string): GoldenCase {
  const read = (file: string) => JSON.parse(readFileSync(`${GOLDEN}train/${name}/${file}`, 'utf8'));
  return {
    values: valuesOf(read('options.json')),
    losses: read('losses.json'),
    weights: read('weights.json'),
  };
}

/** The losses that a training has written into its output folder. */
export const readLosses = (dir: string): StepMetrics[] =>
  readFileSync(`${dir}/losses.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));

/** A trainer over a freshly loaded pipeline, set up as the script's options say. */
export async function goldenTrainer(
  values: Record<string, unknown>,
  changes: Partial<DreamboothSetup> = {},
): Promise<{ trainer: DreamboothTrainer; pipeline: StableDiffusionPipeline; dispose(): void }> {
  const { request } = resolveTrainOptions(values);
  const pipeline = await loadPipeline(request.modelDir);
  const { classDataDir, options } = request;
  const trainer = await DreamboothTrainer.create({
    pipeline,
    instanceImages: (await listImages(request.instanceDataDir)).paths,
    instancePrompt: request.instancePrompt,
    classImages: classDataDir === null ? [] : (await listImages(classDataDir)).paths,
    classPrompt: request.classPrompt,
    options: { ...options, seed: request.seed ?? 0 },
    maxTrainSteps: request.maxTrainSteps ?? 1,
    ...changes,
  });
  const dispose = (): void => {
    trainer.dispose();
    pipeline.dispose();
  };
  return { trainer, pipeline, dispose };
}

/** `--name value`, or `--name` for a flag. */
export function valuesOf(argv: string[]): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  argv.forEach((argument, i) => {
    if (!argument.startsWith('--')) return;
    const name = argument.slice(2);
    const next = argv[i + 1];
    const value = next === undefined || next.startsWith('--') ? true : next;
    values[name] = PATHS.includes(name) ? `${GOLDEN}${value}` : value;
  });
  return values;
}

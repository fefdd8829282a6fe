import { relative } from 'node:path';
import type { Plan } from '../../planner/types.ts';
import { SAMPLE_BATCH_SIZE, snakeCase } from '../../sweep/options.ts';
import type { SweepSettings } from './reportModel.ts';

/** What a sweep file says besides subjects and training options. `folder`: where the file lies. */
export function sweepSettings({ sweep }: Plan, folder: string): SweepSettings {
  const { seeds, ...sampler } = sweep.sample;
  const { score, sampleBatchSize } = sweep;
  const from = (dir: string): string => relative(folder, dir).replaceAll('\\', '/') || '.';
  // The model's own CLIP is found without being named.
  const scorer = score?.clipDir?.startsWith(sweep.model.dir) ? null : score?.clipDir;
  return {
    train: sweep.gradientCheckpointing ? { gradient_checkpointing: true } : {},
    sample: {
      ...Object.fromEntries(
        Object.entries(sampler).map(([field, values]) => [
          snakeCase(field),
          values.length === 1 ? (values[0] ?? null) : values,
        ]),
      ),
      seeds,
      ...(sampleBatchSize !== SAMPLE_BATCH_SIZE && { sample_batch_size: sampleBatchSize }),
    },
    ...(score && {
      score: {
        metrics: score.metrics,
        ...(scorer && { scorer: from(scorer) }),
        ...(score.dinoDir !== null && { dino: from(score.dinoDir) }),
        ...(score.otherPrompts && { other_prompts: score.otherPrompts }),
      },
    }),
    ...(!sweep.baseline && { baseline: false }),
    ...(sweep.keepState !== 'last' && { keep_state: sweep.keepState }),
  };
}

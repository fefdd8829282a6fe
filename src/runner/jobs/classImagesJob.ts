import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../core/makeFolder.ts';
import type { ClassImagesJob, Plan } from '../../planner/types.ts';
import { MANIFEST_FILE } from '../../stages/manifest.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { memoryOf } from './memory.ts';
import { outputAt, type PlannedJob, samplerRateKey, short } from './plannedJob.ts';

/** Makes the prior images of a block that are wanted and not there yet. */
export function classImagesJob({ sweep }: Plan, workspace: Workspace, job: ClassImagesJob): PlannedJob {
  const id = `class-images-${short(job.blockKey)}`;
  const { classPrompt, classSeed, start, count, sampler } = job;
  const batchSize = Math.min(sweep.sampleBatchSize, count);
  return {
    id,
    kind: 'class-images',
    label: `class images ${start + 1} to ${start + count} of "${classPrompt}"`,
    units: count * sampler.numInferenceSteps,
    rateKey: samplerRateKey(sweep.model.name, sampler, batchSize),
    representative: {
      kind: 'sample',
      parameters: {
        modelDir: sweep.model.dir,
        snapshotDir: null,
        sampler,
        pictures: Array.from({ length: batchSize }, (_, seed) => ({ prompt: classPrompt, seed })),
      },
    },
    needs: [],
    makes: [job.blockKey],
    priority: 3,
    weights: 'base',
    ...memoryOf(sweep.model.info, 'sample'),
    build(attempt) {
      const output = outputAt(workspace, job.blockKey, attempt, 'class-images', 0);
      copyBlock(stageDir(workspace, job.blockKey), output.dir);
      return {
        id,
        kind: 'class-images',
        parameters: { modelDir: sweep.model.dir, classPrompt, classSeed, start, count, batchSize, sampler },
        outputs: [output],
      };
    },
  };
}

/** A block that grows begins with the pictures it has. */
function copyBlock(from: string, to: string): void {
  makeFolder(to);
  if (!existsSync(from)) return;
  for (const name of readdirSync(from)) {
    if (name !== MANIFEST_FILE) copyFileSync(join(from, name), join(to, name));
  }
}

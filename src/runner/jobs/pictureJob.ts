import { trainedRuns, weightsOf } from '../../planner/trainedRuns.ts';
import type { PictureBatch, Plan } from '../../planner/types.ts';
import type { SampleParameters } from '../../stages/job.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { memoryOf } from './memory.ts';
import { outputAt, type PlannedJob, samplerRateKey, short } from './plannedJob.ts';

/** Makes the missing pictures of a batch; the whole batch is computed, as it was cut. */
export function pictureJob(plan: Plan, workspace: Workspace, batch: PictureBatch): PlannedJob {
  const { sweep } = plan;
  const { sampler, snapshotKey, pictures } = batch;
  // Batches are cut once: the first picture names one whatever else is left to do.
  const id = `pictures-${short(pictures[0]?.key ?? '')}`;
  const missing = new Set(batch.missing);
  const parameters: SampleParameters = {
    modelDir: sweep.model.dir,
    snapshotDir: snapshotKey === null ? null : stageDir(workspace, snapshotKey),
    sampler,
    pictures: pictures.map(({ prompt, seed }) => ({ prompt, seed })),
  };
  return {
    id,
    kind: 'sample',
    label: `${missing.size} pictures of ${whose(plan, snapshotKey)}, ${sampler.scheduler} ${sampler.numInferenceSteps}`,
    units: pictures.length * sampler.numInferenceSteps,
    rateKey: samplerRateKey(sweep.model.name, sampler, pictures.length),
    representative: { kind: 'sample', parameters: { ...parameters, snapshotDir: null } },
    needs: snapshotKey === null ? [] : [snapshotKey],
    makes: [...missing],
    priority: 1,
    weights: snapshotKey ?? 'base',
    ...memoryOf(sweep.model.info, 'sample'),
    build: attempt => ({
      id,
      kind: 'sample',
      parameters,
      outputs: pictures.flatMap(({ key }, at) =>
        missing.has(key) ? [outputAt(workspace, key, attempt, 'picture', at)] : [],
      ),
    }),
  };
}

function whose(plan: Plan, snapshotKey: string | null): string {
  if (snapshotKey === null) return 'the untrained model';
  for (const run of trainedRuns(plan)) {
    const snapshot = weightsOf(run).find(({ key }) => key === snapshotKey);
    if (snapshot) return `${run.label} after ${snapshot.step} steps`;
  }
  return 'a snapshot';
}

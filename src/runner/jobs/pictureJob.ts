import { trainedRuns, weightsOf } from '../../planner/trainedRuns.ts';
import type { PictureBatch, Plan } from '../../planner/types.ts';
import type { SampleParameters } from '../../stages/job.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { memoryOf } from './memory.ts';
import { outputAt, type PlannedJob, samplerRateKey, short } from './plannedJob.ts';

/**
 * Makes the missing pictures of a batch; the whole batch is computed, as it was cut.
 *
 * @param names see {@link snapshotNames}
 */
export function pictureJob(
  { sweep }: Plan,
  workspace: Workspace,
  batch: PictureBatch,
  names: ReadonlyMap<string, string>,
): PlannedJob {
  const { sampler, snapshotKey, pictures } = batch;
  const whose = snapshotKey === null ? 'the untrained model' : (names.get(snapshotKey) ?? 'a snapshot');
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
    label: `${missing.size} pictures of ${whose}, ${sampler.scheduler} ${sampler.numInferenceSteps}`,
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

/** What people call the weights of a plan, by key. */
export const snapshotNames = (plan: Plan): Map<string, string> =>
  new Map(
    trainedRuns(plan).flatMap(run =>
      weightsOf(run).map(({ key, step }) => [key, `${run.label} after ${step} steps`] as const),
    ),
  );

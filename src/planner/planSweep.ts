import { CLASS_IMAGES_PER_BLOCK } from '../stages/classImages.ts';
import type { Sweep } from '../sweep/types.ts';
import { cutBatches } from './cutBatches.ts';
import { planPictures } from './planPictures.ts';
import { planScores } from './planScores.ts';
import { planTrainings } from './planTrainings.ts';
import { trainingJobs } from './trainingJobs.ts';
import type {
  ClassImageBlock,
  ClassImagesJob,
  InputDigests,
  Inversion,
  Plan,
  StepCounts,
  StoreView,
  TrainingJob,
  Trajectory,
} from './types.ts';

/** What a workspace without anything in it answers. */
export const EMPTY_VIEW: StoreView = { completed: () => false, hasState: () => false };

/**
 * Works out everything a sweep consists of, and what of it is left to do. Pure: the same sweep, digests and answers give
 * the same plan.
 *
 * @param digests see digestInputs
 * @param recorded the picture batches cut for this sweep before (keys, in order); none on the first run
 */
export function planSweep(
  sweep: Sweep,
  digests: InputDigests,
  view: StoreView = EMPTY_VIEW,
  recorded: readonly (readonly string[])[] = [],
): Plan {
  const { trials, inversions, trajectories, classImageBlocks, naiveSteps, stages, snapshotKey } =
    planTrainings(sweep, digests);
  const sampled = planPictures(sweep, trials, digests);
  const { cells, baselineCells, pictures, stages: pictureStages } = sampled;

  const completed = (key: string): boolean => view.completed(key);
  const scores = planScores(sweep, digests, sampled, completed);
  const missingPictures = pictures.filter(({ key }) => !completed(key));
  const needed = new Set(missingPictures.flatMap(({ snapshotKey }) => snapshotKey ?? []));

  const jobsOf = (run: Inversion | Trajectory): TrainingJob[] =>
    trainingJobs(run, {
      view,
      keepState: sweep.keepState,
      keyAt: (step, average) => snapshotKey(run.key, step, average),
      needed,
    });
  const jobs = trajectories.flatMap(jobsOf);
  const starting = new Set(jobs.map(({ trajectoryKey }) => trajectoryKey));
  for (const { key, embeddings } of trajectories) {
    if (embeddings !== null && starting.has(key)) needed.add(embeddings);
  }
  const inversionJobs = inversions.flatMap(jobsOf);
  // Class images serve training alone: where no training is left, none are wanted.
  const training = new Set(jobs.map(({ trajectoryKey }) => trajectoryKey));
  const wantedBlocks = new Set(
    trajectories
      .filter(({ key }) => training.has(key))
      .flatMap(({ classImages }) => (classImages.from === 'blocks' ? classImages.blockKeys : [])),
  );

  const naive = naiveSteps;
  const planned = sum([...inversions, ...trajectories].map(({ snapshots }) => snapshots.at(-1)?.step ?? 0));
  const remaining = sum(
    [...inversionJobs, ...jobs].map(({ fromStep, snapshots }) => (snapshots.at(-1)?.step ?? 0) - fromStep),
  );
  const steps: StepCounts = { naive, planned, cached: planned - remaining, remaining };

  return {
    sweep,
    axes: sweep.axes,
    trials,
    cells,
    baselineCells,
    inversions,
    trajectories,
    classImageBlocks,
    pictures,
    stages: [...stages, ...pictureStages, ...(scores?.nodes ?? [])],
    steps,
    images: { total: pictures.length, missing: missingPictures.length },
    classImagesJobs: classImageBlocks
      .filter(({ key }) => wantedBlocks.has(key))
      .flatMap(block => classImagesJob(block, view)),
    inversionJobs,
    trainingJobs: jobs,
    pictureBatches: cutBatches(pictures, completed, sweep.sampleBatchSize, recorded),
    scoring: scores?.scoring ?? null,
  };
}

function classImagesJob(block: ClassImageBlock, view: StoreView): ClassImagesJob[] {
  const { key, classPrompt, classSeed, start, count, sampler } = block;
  const full = view.completed(key) ? CLASS_IMAGES_PER_BLOCK : 0;
  const there = view.completed(key) ? (view.classImageCount?.(key) ?? full) : 0;
  if (there >= count) return [];
  return [{ blockKey: key, classPrompt, classSeed, start: start + there, count: count - there, sampler }];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

import { canonicalJson } from '../core/canonicalJson.ts';
import { SweetspotError } from '../core/errors.ts';
import { sha256Hex } from '../core/hash.ts';
import { CLASS_IMAGES_PER_BLOCK, classImagesStage } from '../stages/classImages.ts';
import { snapshotStage, type TrajectoryInput, trajectoryKey } from '../stages/dreambooth.ts';
import { effectiveOptions, needsHorizon } from '../stages/effectiveOptions.ts';
import { type EmaOptions, emaOf, isOfEma } from '../stages/ema.ts';
import type { StageNode } from '../stages/identity.ts';
import { effectiveSampler, type ResolvedSampler } from '../stages/sampler.ts';
import { type TrainingPoint, trainingPoints } from '../sweep/expand.ts';
import { formatValue } from '../sweep/formatValue.ts';
import type { Sweep } from '../sweep/types.ts';
import { InversionBook } from './inversionBook.ts';
import type {
  ClassImageBlock,
  ClassImageSource,
  InputDigests,
  Inversion,
  Trajectory,
  Trial,
} from './types.ts';

export interface Trainings {
  trials: Trial[];
  inversions: Inversion[];
  trajectories: Trajectory[];
  classImageBlocks: ClassImageBlock[];
  /** What every trial would train by itself: the steps of its textual inversion and its own. */
  naiveSteps: number;
  /** Textual inversions, class-image blocks, then snapshots. */
  stages: StageNode[];
  /** The key of any step of a trajectory (or of an average there) or textual inversion, wanted by this sweep or not. */
  snapshotKey(trajectoryKey: string, step: number, average?: EmaOptions): string;
}

interface TrajectoryDraft extends Trajectory {
  input: TrajectoryInput;
  /** Of its snapshots and averages, by key. */
  nodes: Map<string, StageNode>;
}

/** Trials, the training runs they share, and the class images those want. */
export function planTrainings(sweep: Sweep, digests: InputDigests): Trainings {
  const blocks = new Map<string, ClassImageBlock & { stage: StageNode }>();
  const trajectories = new Map<string, TrajectoryDraft>();
  const book = new InversionBook(digests);
  let naiveSteps = 0;
  const points = trainingPoints(sweep).map(point => {
    const word = book.join(point);
    naiveSteps += (word?.steps ?? 0) + point.options.maxTrainSteps;
    // Without a step of its own a trial is what the textual inversion leaves.
    if (word && point.options.maxTrainSteps === 0) {
      return { ...point, trajectory: word.key, snapshotKey: word.stage };
    }
    const wanted = wantBlocks(point, sweep, digests, blocks);
    return { ...point, ...joinTrajectory(point, wanted, word?.stage ?? null, digests, trajectories) };
  });

  for (const trajectory of trajectories.values()) trajectory.snapshots.sort((a, b) => a.step - b.step);
  const trials = numberTrials(points, trajectories);
  return {
    trials,
    inversions: book.list(),
    naiveSteps,
    trajectories: [...trajectories.values()].map(({ input: _, nodes: __, ...trajectory }) => trajectory),
    classImageBlocks: [...blocks.values()].map(({ stage: _, ...block }) => block),
    stages: [
      ...book.stages(),
      ...[...blocks.values()].map(({ stage }) => stage),
      ...[...trajectories.values()].flatMap(({ nodes, snapshots, averages = [] }) =>
        [...snapshots, ...averages].flatMap(({ key }) => nodes.get(key) ?? []),
      ),
    ],
    snapshotKey: (key, step, average) => {
      const word = book.snapshotKey(key, step);
      if (word !== undefined) return word;
      const trajectory = trajectories.get(key);
      if (!trajectory) throw new SweetspotError('E_INTERNAL', 'no such trajectory in the plan', { got: key });
      return snapshotStage(trajectory.input, key, step, '', average).key;
    },
  };
}

function wantBlocks(
  { subject, options }: TrainingPoint,
  { model: { info } }: Sweep,
  digests: InputDigests,
  blocks: Map<string, ClassImageBlock & { stage: StageNode }>,
): ClassImageSource {
  if (!options.withPriorPreservation) return { from: 'none' };
  if (subject.classDataDir !== null) {
    return { from: 'files', paths: subject.classImages.slice(0, options.numClassImages) };
  }
  if (info.scheduler === null || subject.classPrompt === null) {
    throw new SweetspotError('E_INTERNAL', 'a sweep was planned that its reader should have refused');
  }
  const { classPrompt } = subject;
  const sampler: ResolvedSampler = effectiveSampler({
    scheduler: info.scheduler,
    numInferenceSteps: options.classNumInferenceSteps,
    guidanceScale: options.classGuidanceScale,
    negativePrompt: '',
    width: info.width,
    height: info.height,
  });
  const { classSeed, numClassImages } = options;
  const blockKeys: string[] = [];
  for (let start = 0; start < numClassImages; start += CLASS_IMAGES_PER_BLOCK) {
    const count = Math.min(CLASS_IMAGES_PER_BLOCK, numClassImages - start);
    const stage = classImagesStage({ model: digests.model, classPrompt, classSeed, start, sampler });
    const block = blocks.get(stage.key);
    if (block) block.count = Math.max(block.count, count);
    else blocks.set(stage.key, { key: stage.key, classPrompt, classSeed, start, count, sampler, stage });
    blockKeys.push(stage.key);
  }
  return { from: 'blocks', blockKeys, count: numClassImages };
}

function joinTrajectory(
  { subject, options, values }: TrainingPoint,
  classImages: ClassImageSource,
  embeddings: string | null,
  digests: InputDigests,
  trajectories: Map<string, TrajectoryDraft>,
): { trajectory: string; snapshotKey: string } {
  const own = classImages.from === 'files' ? classImages.paths.length : null;
  const files = digests.subjects[subject.name];
  if (!files) throw new SweetspotError('E_INTERNAL', 'no digest for a subject', { got: subject.name });
  const effective = effectiveOptions(options, options.maxTrainSteps);
  // The script, too, uses no more class images than there are.
  if (own !== null) effective.numClassImages = own;
  const classPrompt = options.withPriorPreservation ? subject.classPrompt : null;
  const { captionExtension } = options;
  const instanceCaptions = captionExtension === null ? null : (files.captions?.[captionExtension] ?? null);
  const input: TrajectoryInput = {
    model: digests.model,
    instance: files.instance,
    class: own === null ? null : (files.class[own] ?? null),
    instancePrompt: subject.instancePrompt,
    instanceCaptions,
    classPrompt,
    options: effective,
    classImageBlocks: classImages.from === 'blocks' ? classImages.blockKeys : [],
    embeddings,
  };
  const key = trajectoryKey(input);
  let trajectory = trajectories.get(key);
  if (!trajectory) {
    trajectory = {
      key,
      label: labelOf(subject.name, values),
      subjects: [],
      trials: [],
      instanceImages: subject.instanceImages,
      instancePrompt: subject.instancePrompt,
      instanceCaptions,
      classPrompt,
      classImages,
      embeddings,
      options: effective,
      snapshots: [],
      averages: [],
      notShared: null,
      input,
      nodes: new Map(),
    };
    trajectories.set(key, trajectory);
  }
  if (needsHorizon(effective.lrScheduler) && options.lrScheduleSteps === null) {
    trajectory.notShared = `lr_scheduler ${effective.lrScheduler} makes the learning rate depend on max_train_steps`;
  }
  if (!trajectory.subjects.includes(subject.name)) trajectory.subjects.push(subject.name);
  const step = options.maxTrainSteps;
  const { label, nodes, snapshots } = trajectory;
  let snapshotKey = snapshots.find(snapshot => snapshot.step === step)?.key;
  if (snapshotKey === undefined) {
    const node = snapshotStage(input, key, step, `${label}, step ${step}`);
    snapshotKey = node.key;
    nodes.set(snapshotKey, node);
    snapshots.push({ step, key: snapshotKey });
  }
  const average = emaOf(options);
  if (!average) return { trajectory: key, snapshotKey };
  const node = snapshotStage(input, key, step, `${label}, step ${step}, average`, average);
  trajectory.averages ??= [];
  if (!nodes.has(node.key)) {
    nodes.set(node.key, node);
    trajectory.averages.push({ step, key: node.key, average });
  }
  return { trajectory: key, snapshotKey: node.key };
}

function labelOf(subject: string, values: TrainingPoint['values']): string {
  // What does not tell trainings apart is no part of a training's name.
  const others = Object.entries(values).filter(([name]) => name !== 'max_train_steps' && !isOfEma(name));
  return [subject, ...others.map(([name, value]) => `${name} ${formatValue(value)}`)].join(', ');
}

function numberTrials(
  points: readonly (TrainingPoint & { trajectory: string; snapshotKey: string })[],
  trajectories: Map<string, Trajectory>,
): Trial[] {
  const trials = points.map(({ subject, options, values, trajectory, snapshotKey }, i) => {
    const { maxTrainSteps } = options;
    const id = sha256Hex(canonicalJson({ subject: subject.name, options, snapshotKey }));
    return {
      id,
      number: i + 1,
      subject: subject.name,
      values,
      options,
      maxTrainSteps,
      trajectoryKey: trajectory,
      snapshotKey,
    };
  });
  const length = shortestDistinct(trials.map(({ id }) => id));
  for (const trial of trials) {
    trial.id = trial.id.slice(0, length);
    trajectories.get(trial.trajectoryKey)?.trials.push(trial.id);
  }
  return trials;
}

function shortestDistinct(ids: readonly string[]): number {
  let length = 10;
  while (length < 64 && new Set(ids.map(id => id.slice(0, length))).size < ids.length) length += 1;
  return length;
}

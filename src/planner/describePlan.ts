import { counted } from '../core/counted.ts';
import { formatBytes } from '../core/formatBytes.ts';
import { formatDuration } from '../core/formatDuration.ts';
import { formatValue } from '../sweep/formatValue.ts';
import { estimateDisk } from './diskEstimate.ts';
import type { Plan, Trajectory } from './types.ts';

export interface Expectation {
  /** Wall time of what is left, from this workspace's own history; null where it has none. */
  seconds: number | null;
  /** Bytes free where the workspace lies; null where that is unknown or does not matter. */
  freeDisk: number | null;
}

/** A plan in lines for people: what there is, what is shared and why, what is not and why, what it will cost. */
export function describePlan(
  plan: Plan,
  { seconds, freeDisk }: Expectation = { seconds: null, freeDisk: null },
): string[] {
  const { sweep, axes, trials, cells, baselineCells, trajectories, images, steps } = plan;
  const subjects = sweep.subjects.map(
    ({ name, instanceImages }) => `${name} (${counted(instanceImages.length, 'photo')})`,
  );
  return [
    `${sweep.name}: ${subjects.join(', ')}; model ${sweep.model.name}`,
    ...sweep.commandLine.map(argument => `  changed by ${argument}`),
    ...(sweep.remarks ?? []).map(remark => `  warning: ${remark}`),
    ...axes.map(({ name, block, values }) => {
      const effect = block === 'train' ? '' : ' (no training)';
      return `  ${name}: ${values.map(formatValue).join(', ')}${effect}`;
    }),
    '',
    `Trials     ${trials.length}, ${counted(cells.length, 'picture')} to compare${baselineCells.length > 0 ? ` and ${baselineCells.length} of the untrained model` : ''}`,
    `Trainings  ${trajectories.length}, ${counted(plan.trainingJobs.length + (plan.inversionJobs?.length ?? 0), 'job')} to run`,
    ...sharing(plan).map(line => `           ${line}`),
    `Steps      ${steps.naive} trial by trial, ${steps.planned} shared, ${steps.cached} done before, ${steps.remaining} to train`,
    ...words(plan),
    ...classImages(plan),
    `Pictures   ${images.total}, ${images.missing} to make`,
    ...scores(plan),
    `Disk       ${disk(plan, freeDisk)}`,
    `Time       ${time(plan, seconds)}`,
  ];
}

function sharing({ trajectories, trials, steps }: Plan): string[] {
  const lines: string[] = [];
  const shared = trajectories.filter(({ snapshots }) => snapshots.length > 1);
  if (shared.length > 0) {
    const saved = steps.naive - steps.planned;
    lines.push(
      `shared: trials that differ in max_train_steps alone are one training with snapshots; saves ${saved} steps`,
    );
  }
  const same = trials.length - new Set(trials.map(({ snapshotKey }) => snapshotKey)).size;
  if (trajectories.some(({ averages = [] }) => averages.length > 0)) {
    lines.push('shared: averages of the weights (use_ema) come from the same trainings as the weights');
  }
  if (same > 0) {
    lines.push(`shared: ${counted(same, 'trial')} differ from others only in options without effect`);
  }
  const reasons = new Set(trajectories.flatMap(({ notShared }) => notShared ?? []));
  if (new Set(trials.map(({ maxTrainSteps }) => maxTrainSteps)).size > 1) {
    for (const reason of reasons) lines.push(`not shared: ${reason}; give lr_schedule_steps to share`);
  }
  return lines;
}

function words({ inversions = [], trajectories }: Plan): string[] {
  if (inversions.length === 0) return [];
  const steps = inversions.map(({ snapshots }) => snapshots.at(-1)?.step ?? 0);
  const users = trajectories.filter(({ embeddings }) => embeddings !== null).length;
  const runs = counted(inversions.length, 'textual inversion');
  return [`Words      ${runs} of ${steps.join(', ')} steps, made once for ${counted(users, 'training')}`];
}

function classImages({ classImageBlocks, classImagesJobs, trajectories }: Plan): string[] {
  if (classImageBlocks.length === 0) return [];
  const total = classImageBlocks.reduce((sum, { count }) => sum + count, 0);
  const missing = classImagesJobs.reduce((sum, { count }) => sum + count, 0);
  const users = trajectories.filter(usesGenerated).length;
  return [
    `Class      ${counted(total, 'image')}, ${missing} to make, made once for ${counted(users, 'training')}`,
  ];
}

function scores({ scoring }: Plan): string[] {
  if (scoring === null) return [];
  const { names, absent, stages, missing, otherCells } = scoring;
  const others = otherCells.length > 0 ? `; ${otherCells.length} of the pictures are of other prompts` : '';
  return [
    `Scores     ${names.length === 0 ? 'none' : names.join(', ')}: ${stages.length} measurements, ${missing.length} to make${others}`,
    ...absent.map(({ name, why }) => `           not ${name}: ${why}`),
  ];
}

const usesGenerated = ({ classImages }: Trajectory): boolean => classImages.from === 'blocks';

function disk(plan: Plan, free: number | null): string {
  const estimate = estimateDisk(plan);
  if (!estimate) return "unknown: the model's files do not tell its size";
  const { snapshots, states, pictures } = estimate;
  const total = snapshots + states + pictures;
  const tight = free !== null && total > free ? `; only ${formatBytes(free)} are free` : '';
  return `about ${formatBytes(total)} more: weights ${formatBytes(snapshots)}, states to go on from ${formatBytes(states)}, pictures ${formatBytes(pictures)}${tight}`;
}

function time(
  { trainingJobs, inversionJobs = [], classImagesJobs, images, scoring }: Plan,
  seconds: number | null,
): string {
  const jobs = trainingJobs.length + inversionJobs.length + classImagesJobs.length;
  if (jobs + images.missing + (scoring?.missing.length ?? 0) === 0) return 'nothing to do';
  if (seconds === null) return 'unknown: this workspace has no history yet';
  return `about ${formatDuration(seconds)}, going by this workspace's history`;
}

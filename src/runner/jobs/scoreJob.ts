import { join } from 'node:path';
import type { Plan, PlannedScore } from '../../planner/types.ts';
import type { ScoreParameters } from '../../stages/job.ts';
import { PICTURE_FILE } from '../../stages/sample.ts';
import { stageDir } from '../../store/stageStore.ts';
import type { Workspace } from '../../store/workspace.ts';
import { outputAt, type PlannedJob, short } from './plannedJob.ts';

/** Items of one job, at most; a stop is looked at between two, and a job that fails is small. */
const MAX_ITEMS = 64;
/** A job does not wait for another snapshot's pictures when it has this many. */
const ENOUGH_ITEMS = 16;

/** The jobs that compute the missing scores: by scorer and subject, in plan order. */
export function scoreJobs(plan: Plan, workspace: Workspace): PlannedJob[] {
  const missing = plan.scoring?.missing ?? [];
  const queues = new Map<string, PlannedScore[]>();
  for (const score of missing) {
    const id = `${score.scorer} ${score.subject}`;
    const queue = queues.get(id);
    if (queue) queue.push(score);
    else queues.set(id, [score]);
  }
  const snapshots = new Map(plan.pictures.map(({ key, snapshotKey }) => [key, snapshotKey]));
  const snapshotOf = ({ pictures }: PlannedScore): string | null => snapshots.get(pictures[0] ?? '') ?? null;
  return [...queues.values()].flatMap(queue =>
    cut(queue, snapshotOf).map(items => scoreJob(plan, workspace, items)),
  );
}

function cut(
  queue: readonly PlannedScore[],
  snapshotOf: (score: PlannedScore) => string | null,
): [PlannedScore, ...PlannedScore[]][] {
  const parts: [PlannedScore, ...PlannedScore[]][] = [];
  let previous: string | null = null;
  for (const score of queue) {
    const part = parts.at(-1);
    const snapshot = snapshotOf(score);
    const full = part && (part.length >= MAX_ITEMS || (part.length >= ENOUGH_ITEMS && snapshot !== previous));
    if (part && !full) part.push(score);
    else parts.push([score]);
    previous = snapshot;
  }
  return parts;
}

function scoreJob(plan: Plan, workspace: Workspace, scores: [PlannedScore, ...PlannedScore[]]): PlannedJob {
  const [{ scorer, subject: name, key }] = scores;
  const subject = plan.sweep.subjects.find(one => one.name === name);
  const settings = plan.sweep.score;
  const scorerDir = { clip: settings?.clipDir, dino: settings?.dinoDir, pixels: null }[scorer] ?? null;
  const pictureAt = (picture: string): string => join(stageDir(workspace, picture), PICTURE_FILE);
  const instance = subject?.instanceImages ?? [];
  const parameters: ScoreParameters = {
    scorer,
    scorerDir,
    photos: { instance, heldOut: subject?.heldOutImages ?? [] },
    items: scores.map(({ role, pictures, basePicture, text }) => ({
      role,
      pictures: pictures.map(pictureAt),
      basePicture: basePicture === null ? null : pictureAt(basePicture),
      text,
    })),
  };
  const id = `score-${short(key)}`;
  return {
    id,
    kind: 'score',
    label: `${scorer} scores of ${scores.length} ${scores.length === 1 ? 'picture' : 'pictures'} of ${name}`,
    units: scores.length,
    rateKey: `score ${scorer} ${scorerDir ?? ''}`.trim(),
    // Pictures may not be there yet; for the clock a photo will do.
    representative: {
      kind: 'score',
      parameters: {
        ...parameters,
        items: [{ role: 'subject', pictures: instance.slice(0, 1), basePicture: null, text: scores[0].text }],
      },
    },
    needs: [
      ...new Set(
        scores.flatMap(({ pictures, basePicture }) => [
          ...pictures,
          ...(basePicture === null ? [] : [basePicture]),
        ]),
      ),
    ],
    makes: scores.map(score => score.key),
    priority: 0,
    build: attempt => ({
      id,
      kind: 'score',
      parameters,
      outputs: scores.map((score, at) => outputAt(workspace, score.key, attempt, 'scores', at)),
    }),
  };
}

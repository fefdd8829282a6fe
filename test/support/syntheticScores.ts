import { sha256Hex } from '../../src/core/hash.ts';
import type { Picture, Plan } from '../../src/planner/types.ts';
import { type ScoreValues, scoreStage } from '../../src/stages/score.ts';
import type { ScoreRole } from '../../src/stages/scores.ts';

/** A number from 0 to 1 that depends on a text alone. */
export const chance = (text: string): number => Number.parseInt(sha256Hex(text).slice(0, 12), 16) / 16 ** 12;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Learning rate x steps where likeness is half reached, in this made-up world; the prompt is half lost at ten times. */
const HALF_WAY = 4e-3;

/**
 * Scores of a world that behaves as DreamBooth does: likeness comes with learning rate x steps, the prompt goes with ten
 * times of it, copying and noise come last; every picture a little different.
 *
 * @param steps 0: the untrained model
 */
export function syntheticScores(dose: number, id: string): ScoreValues {
  const wobble = (name: string): number => chance(`${id} ${name}`) - 0.5;
  const come = dose === 0 ? 0 : logistic(2 * Math.log(dose / HALF_WAY));
  const gone = dose === 0 ? 0 : logistic(2 * Math.log(dose / (10 * HALF_WAY)));
  return {
    clip_i: 0.55 + 0.3 * come - 0.08 * gone + 0.03 * wobble('i'),
    clip_t: 0.32 - 0.09 * gone + 0.01 * wobble('t'),
    copy: -0.05 + 0.12 * gone + 0.03 * wobble('c'),
    noise: -0.1 + 1.6 * gone + 0.1 * wobble('n'),
  };
}

/** Learning rate x steps behind a picture. */
export function doseOf({ snapshotKey }: Picture, { trials }: Plan): number {
  const trial = trials.find(each => each.snapshotKey === snapshotKey);
  return trial ? trial.options.learningRate * trial.maxTrainSteps : 0;
}

/** Adds the score stages of every picture to a plan, and of every prompt's seeds together. */
export function addScoreStages(plan: Plan): void {
  const digests = { scorer: sha256Hex('scorer'), instance: sha256Hex('instance') };
  const add = (role: ScoreRole, pictures: readonly Picture[]): void => {
    plan.stages.push(
      scoreStage({
        scorer: 'clip',
        role,
        pictures: pictures.map(({ key }) => key),
        basePicture: null,
        text: pictures[0]?.prompt ?? null,
        digests,
      }),
    );
  };
  const groups = new Map<string, Picture[]>();
  for (const picture of plan.pictures) {
    add('subject', [picture]);
    const id = JSON.stringify([picture.snapshotKey, picture.sampler, picture.prompt]);
    groups.set(id, [...(groups.get(id) ?? []), picture]);
  }
  for (const pictures of groups.values()) if (pictures.length > 1) add('group', pictures);
}

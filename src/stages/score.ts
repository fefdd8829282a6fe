import { type StageNode, stageKey } from './identity.ts';
import type { ScoreName, ScoreRole, Scorer } from './scores.ts';

/** Raised when the same inputs begin to give other numbers. */
const SEMANTICS = 1;

/** The file of a score stage: {@link ScoreValues} as JSON. */
export const SCORES_FILE = 'scores.json';

/** Values by name: those that the stage's scorer gives for its pictures. */
export type ScoreValues = Partial<Record<ScoreName, number>>;

export interface ScoreInput {
  scorer: Scorer;
  role: ScoreRole;
  /** Keys of the pictures that are measured, in order; one, except of a group. */
  pictures: readonly string[];
  /** The untrained model's picture beside it, where the scorer compares with it and there is one. */
  basePicture: string | null;
  /** What the prompt says to CLIP; null where no text is read. */
  text: string | null;
  digests: {
    /** Of the scorer's folder. */
    scorer?: string;
    /** Of the contents of the training photos, in order. */
    instance?: string;
    /** Of the held-out photos. */
    heldOut?: string;
  };
}

/**
 * The stage of everything that one scorer says of one picture (or group): the names asked for are not in its identity,
 * for what the scorer reads costs the same whichever numbers are made of it.
 */
export function scoreStage({ scorer, role, pictures, basePicture, text, digests }: ScoreInput): StageNode {
  const identity = {
    kind: 'score' as const,
    semantics: SEMANTICS,
    parameters: { scorer, role, text, withBase: basePicture !== null },
    digests,
    needs: basePicture === null ? [...pictures] : [...pictures, basePicture],
  };
  const [first = ''] = pictures;
  const what = role === 'group' ? `${pictures.length} pictures` : `picture ${first.slice(0, 10)}`;
  return { ...identity, key: stageKey(identity), label: `${scorer} scores of ${what}` };
}

/** The text of a {@link SCORES_FILE}. */
export const formatScores = (values: ScoreValues): string => `${JSON.stringify(values)}\n`;

/** @throws SyntaxError when the text is no JSON */
export const parseScores = (text: string): ScoreValues => JSON.parse(text) as ScoreValues;

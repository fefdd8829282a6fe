import type { ScoreValues } from '../stages/score.ts';
import type { ScoreName } from '../stages/scores.ts';
import type { Plan, ScorePlan } from './types.ts';

/** Scores of a sweep, looked up by picture or summed up by trial. Holds the names that the sweep asks for, no others. */
export interface ScoreTable {
  /**
   * Everything known of a picture: its own values, and those of the group it is one of (diversity). A picture may be
   * judged by the photos of several subjects, so both are wanted.
   */
  ofPicture(subject: string, pictureKey: string): ScoreValues;
  /** Means over all pictures of a trial, those of other prompts included. */
  ofTrial(trial: string): ScoreValues;
  /** Means over the untrained model's pictures for a subject. */
  ofBaseline(subject: string): ScoreValues;
}

/** Any cell: one of the sweep's prompts, or of other prompts. */
interface Scored {
  subject: string;
  pictureKey: string;
}

/**
 * Lays the values of score stages out for reading.
 *
 * @param values of the stages that are complete, by stage key (see readScores)
 */
export function scoreTable(
  { scoring, cells, baselineCells }: Pick<Plan, 'scoring' | 'cells' | 'baselineCells'>,
  values: ReadonlyMap<string, ScoreValues>,
): ScoreTable {
  const pictures = scoring ? byPicture(scoring, values) : new Map<string, ScoreValues>();
  const ofPicture: ScoreTable['ofPicture'] = (subject, pictureKey) =>
    pictures.get(idOf({ subject, pictureKey })) ?? {};
  const names = scoring?.names ?? [];
  const mean = (scored: readonly Scored[]): ScoreValues =>
    meanValues(
      names,
      scored.map(({ subject, pictureKey }) => ofPicture(subject, pictureKey)),
    );

  const byTrial = new Map<string, Scored[]>();
  const bySubject = new Map<string, Scored[]>();
  const add = (map: Map<string, Scored[]>, key: string, cell: Scored): void => {
    const list = map.get(key);
    if (list) list.push(cell);
    else map.set(key, [cell]);
  };
  for (const cell of cells) add(byTrial, cell.trial, cell);
  for (const { subjects, pictureKey } of baselineCells) {
    for (const subject of subjects) add(bySubject, subject, { subject, pictureKey });
  }
  for (const cell of scoring?.otherCells ?? []) {
    if (cell.trial === null) add(bySubject, cell.subject, cell);
    else add(byTrial, cell.trial, cell);
  }
  return {
    ofPicture,
    ofTrial: trial => mean(byTrial.get(trial) ?? []),
    ofBaseline: subject => mean(bySubject.get(subject) ?? []),
  };
}

/** Subjects' names have no spaces. */
const idOf = ({ subject, pictureKey }: Scored): string => `${subject} ${pictureKey}`;

function byPicture(
  { names, stages }: ScorePlan,
  values: ReadonlyMap<string, ScoreValues>,
): Map<string, ScoreValues> {
  const asked = new Set<ScoreName>(names);
  const found = new Map<string, ScoreValues>();
  for (const { key, subject, pictures } of stages) {
    const entries = Object.entries(values.get(key) ?? {}).filter(([name]) => asked.has(name as ScoreName));
    for (const pictureKey of pictures) {
      const id = idOf({ subject, pictureKey });
      found.set(id, { ...found.get(id), ...Object.fromEntries(entries) });
    }
  }
  return found;
}

/** The mean of each score over those that have it. */
function meanValues(names: readonly ScoreName[], list: readonly ScoreValues[]): ScoreValues {
  const means: ScoreValues = {};
  for (const name of names) {
    const numbers = list.flatMap(values => values[name] ?? []);
    if (numbers.length > 0) means[name] = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  }
  return means;
}

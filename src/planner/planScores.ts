import { SweetspotError } from '../core/errors.ts';
import type { StageNode } from '../stages/identity.ts';
import { type ScoreInput, scoreStage } from '../stages/score.ts';
import { SCORES, type ScoreName, type Scorer } from '../stages/scores.ts';
import type { ScoreSettings, Subject, Sweep } from '../sweep/types.ts';
import { promptForClip } from './otherPrompts.ts';
import type { BaselineCell, Cell, InputDigests, OtherCell, PlannedScore, ScorePlan } from './types.ts';

/** What is measured: every picture of the sweep. */
export interface ScoredPictures {
  cells: readonly Cell[];
  baselineCells: readonly BaselineCell[];
  otherCells: readonly OtherCell[];
}

/** A picture of one subject, of the untrained model or of a trial. */
type Scored = Pick<Cell, 'subject' | 'sampler' | 'prompt' | 'seed' | 'pictureKey'> & { trial: string | null };

/**
 * The score stages of a sweep, each once; null where nothing is measured. A stage holds everything its scorer says of a
 * picture, so that another score of the same scorer costs nothing later.
 */
export function planScores(
  sweep: Sweep,
  digests: InputDigests,
  pictures: ScoredPictures,
  completed: (key: string) => boolean,
): { scoring: ScorePlan; nodes: StageNode[] } | null {
  const { score } = sweep;
  if (score === null) return null;
  const absent = score.metrics.flatMap(name => {
    const why = reasonAgainst(name, score, sweep);
    return why === null ? [] : [{ name, why }];
  });
  const names = score.metrics.filter(name => !absent.some(missing => missing.name === name));
  const book = new ScoreBook(sweep, digests);
  const wanted = (pictures: 'subject' | 'other', unit: 'picture' | 'group'): Scorer[] => [
    ...new Set(
      names
        .filter(name => SCORES[name].pictures === pictures && SCORES[name].unit === unit)
        .map(name => SCORES[name].scorer),
    ),
  ];

  const subjectCells: Scored[] = [
    ...pictures.baselineCells.flatMap(cell => cell.subjects.map(subject => ({ ...cell, subject }))),
    ...pictures.cells,
  ];
  const basePictures = new Map(pictures.baselineCells.map(cell => [book.pictureId(cell), cell.pictureKey]));
  for (const scorer of wanted('subject', 'picture')) {
    for (const cell of subjectCells) {
      const base =
        scorer === 'pixels' && cell.trial !== null ? basePictures.get(book.pictureId(cell)) : undefined;
      book.add(scorer, 'subject', cell.subject, [cell.pictureKey], cell.prompt, base ?? null);
    }
  }
  for (const scorer of wanted('other', 'picture')) {
    for (const cell of pictures.otherCells)
      book.add(scorer, 'other', cell.subject, [cell.pictureKey], cell.prompt);
  }
  for (const scorer of wanted('subject', 'group')) {
    for (const { subject, prompt, keys } of book.groups(subjectCells))
      book.add(scorer, 'group', subject, keys, prompt);
  }
  return {
    scoring: {
      names,
      absent,
      otherPrompts: promptsOf(pictures.otherCells),
      otherCells: [...pictures.otherCells],
      stages: book.planned,
      missing: book.planned.filter(({ key }) => !completed(key)),
    },
    nodes: book.nodes,
  };
}

/** Why a score cannot be computed, and how it could be; null where it can. */
function reasonAgainst(name: ScoreName, score: ScoreSettings, sweep: Sweep): string | null {
  const { scorer, needsHeldOut, unit } = SCORES[name];
  if (scorer === 'clip' && score.clipDir === null) {
    return "needs a CLIP: give score.scorer, a folder in transformers' layout (openai/clip-vit-base-patch32, for example)";
  }
  if (scorer === 'dino' && score.dinoDir === null) {
    return "needs a ViT: give score.dino, a folder in transformers' layout (facebook/dino-vits16, for example)";
  }
  if (needsHeldOut && sweep.subjects.every(({ heldOutImages }) => heldOutImages.length === 0)) {
    return 'needs photos of the subject that are not trained on: give held_out_dir under the subject';
  }
  if (unit === 'group' && sweep.sample.seeds.length < 2) return 'needs at least two seeds under sample';
  return null;
}

function promptsOf(otherCells: readonly OtherCell[]): Record<string, string[]> {
  const prompts: Record<string, string[]> = {};
  for (const { subject, prompt } of otherCells) {
    const list = prompts[subject] ?? [];
    if (!list.includes(prompt)) prompts[subject] = [...list, prompt];
  }
  return prompts;
}

/** Collects distinct score stages. */
class ScoreBook {
  readonly planned: PlannedScore[] = [];
  readonly nodes: StageNode[] = [];
  readonly #digests: InputDigests;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #known = new Set<string>();
  readonly #nodeKeys = new Set<string>();
  /** Samplers are shared between cells: each is written out once. */
  readonly #samplerIds = new Map<object, string>();

  constructor({ subjects }: Sweep, digests: InputDigests) {
    this.#digests = digests;
    this.#subjects = new Map(subjects.map(subject => [subject.name, subject]));
  }

  add(
    scorer: Scorer,
    role: ScoreInput['role'],
    subjectName: string,
    pictures: string[],
    prompt: string,
    basePicture: string | null = null,
  ): void {
    const subject = this.#subjects.get(subjectName);
    const photos = this.#digests.subjects[subjectName];
    if (!subject || !photos)
      throw new SweetspotError('E_INTERNAL', 'no digest for a subject', { got: subjectName });
    const text = scorer === 'clip' && role !== 'group' ? promptForClip(prompt, subject) : null;
    const model = scorer === 'pixels' ? undefined : this.#digests.scorers?.[scorer];
    // A group is compared with itself alone, noise and leak with what was trained on.
    const heldOut = role === 'subject' && scorer !== 'pixels' ? photos.heldOut : null;
    const input: ScoreInput = {
      scorer,
      role,
      pictures,
      basePicture,
      text,
      digests: {
        ...(model !== undefined && { scorer: model }),
        ...(role !== 'group' && { instance: photos.instance }),
        ...(heldOut && { heldOut }),
      },
    };
    const node = scoreStage(input);
    // Two subjects with the same photos may share a stage; each has its own entry all the same.
    const id = `${subjectName} ${node.key}`;
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (!this.#nodeKeys.has(node.key)) this.nodes.push(node);
    this.#nodeKeys.add(node.key);
    const { digests: _, ...planned } = input;
    this.planned.push({ ...planned, key: node.key, subject: subjectName });
  }

  /** What two pictures of different snapshots have in common when they are to be compared. */
  pictureId({ sampler, prompt, seed }: Pick<Cell, 'sampler' | 'prompt' | 'seed'>): string {
    return JSON.stringify([this.#samplerId(sampler), prompt, seed]);
  }

  /** Pictures that differ in nothing but their seed; single ones are no group. */
  groups(cells: readonly Scored[]): { subject: string; prompt: string; keys: string[] }[] {
    const groups = new Map<string, { subject: string; prompt: string; keys: string[] }>();
    for (const { trial, subject, sampler, prompt, pictureKey } of cells) {
      const id = JSON.stringify([trial, subject, this.#samplerId(sampler), prompt]);
      const group = groups.get(id);
      if (group) group.keys.push(pictureKey);
      else groups.set(id, { subject, prompt, keys: [pictureKey] });
    }
    return [...groups.values()].filter(({ keys }) => keys.length > 1);
  }

  #samplerId(sampler: object): string {
    const known = this.#samplerIds.get(sampler);
    if (known !== undefined) return known;
    const id = JSON.stringify(sampler);
    this.#samplerIds.set(sampler, id);
    return id;
  }
}

import type { ReportCell, ReportModel, ReportSetting } from '../model/reportModel.ts';
import type { NoteFilter } from './noteQuery.ts';

/** Names that are no option of training or sampling. */
const OWN = ['subject', 'prompt', 'seeds', 'region', 'untrained'];

/** What can be asked of cells and settings. @throws Error with one line for a name that is nothing here */
export function checkFilter({ axes }: ReportModel, filter: NoteFilter): void {
  const known = [...OWN, 'learning_rate', 'max_train_steps', ...axes.map(({ name }) => name)];
  const unknown = Object.keys(filter).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new Error(`${unknown}: not an axis of this sweep, expected one of ${[...new Set(known)].join(', ')}`);
}

const has = (wanted: readonly unknown[] | undefined, value: unknown): boolean =>
  wanted === undefined || wanted.some(each => each === value);

/** Settings of a filter; prompts and seeds are looked at unit by unit, see {@link isUnit}. */
export const settingsFor = ({ settings }: ReportModel, filter: NoteFilter): ReportSetting[] =>
  settings.filter(
    setting =>
      has(filter.untrained ?? [false], setting.untrained) &&
      Object.entries(filter).every(([name, wanted]) => {
        if (name === 'prompt' || name === 'seeds' || name === 'untrained') return true;
        if (name === 'subject') return has(wanted, setting.subject);
        if (name === 'region') return has(wanted, setting.region);
        if (name === 'learning_rate') return has(wanted, setting.learningRate);
        if (name === 'max_train_steps') return has(wanted, setting.steps);
        return has(wanted, setting.values[name] ?? null);
      }),
  );

/** Whether a unit of measurement (prompt, seed, training seed) is meant. */
export function isUnit(filter: NoteFilter, unit: string): boolean {
  const [prompt, seed] = JSON.parse(unit) as unknown[];
  return has(filter.prompt, prompt) && has(filter.seeds, seed);
}

/** Pictures of a filter; the untrained model's only where `untrained` says so. */
export function cellsFor(model: ReportModel, filter: NoteFilter): ReportCell[] {
  const settings = settingsFor(model, filter);
  const pictures = new Set(
    settings.flatMap(({ subject, pictures: own }) => own.map(key => `${subject} ${key}`)),
  );
  return model.cells.filter(
    ({ subject, picture, prompt, seed, trial }) =>
      pictures.has(`${subject} ${picture}`) &&
      (trial !== null || filter.untrained?.includes(true) === true) &&
      has(filter.prompt, prompt) &&
      has(filter.seeds, seed),
  );
}

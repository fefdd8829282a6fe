import { SweetspotError } from '../core/errors.ts';
import { effectiveInversionOptions } from '../stages/effectiveOptions.ts';
import type { StageNode } from '../stages/identity.ts';
import { type InversionInput, inversionKey, inversionStage } from '../stages/textualInversion.ts';
import type { TrainingPoint } from '../sweep/expand.ts';
import { formatValue } from '../sweep/formatValue.ts';
import { inversionOf } from '../sweep/inversionOptions.ts';
import type { InputDigests, Inversion } from './types.ts';

/** The textual inversions of a sweep, each once, with the steps at which trials want their embeddings. */
export class InversionBook {
  readonly #digests: InputDigests;
  readonly #inversions = new Map<string, Inversion & { input: InversionInput }>();

  constructor(digests: InputDigests) {
    this.#digests = digests;
  }

  /** The textual inversion that a trial begins with, and the stage of its embeddings; null without one. */
  join({ subject, options, values }: TrainingPoint): { key: string; stage: string; steps: number } | null {
    const wanted = inversionOf(options);
    if (wanted === null) return null;
    const { maxTrainSteps: step } = wanted;
    const instance = this.#digests.subjects[subject.name]?.instance;
    if (instance === undefined) {
      throw new SweetspotError('E_INTERNAL', 'no digest for a subject', { got: subject.name });
    }
    const effective = effectiveInversionOptions(wanted.options, step);
    const input: InversionInput = { model: this.#digests.model, instance, options: effective };
    const key = inversionKey(input);
    const inversion = this.#inversions.get(key) ?? {
      key,
      label: labelOf(subject.name, effective.placeholderToken, values),
      subjects: [],
      images: subject.instanceImages,
      options: effective,
      snapshots: [],
      input,
    };
    this.#inversions.set(key, inversion);
    if (!inversion.subjects.includes(subject.name)) inversion.subjects.push(subject.name);
    const known = inversion.snapshots.find(snapshot => snapshot.step === step);
    if (known) return { key, stage: known.key, steps: step };
    const stage = inversionStage(input, key, step, '').key;
    inversion.snapshots.push({ step, key: stage });
    inversion.snapshots.sort((a, b) => a.step - b.step);
    return { key, stage, steps: step };
  }

  list(): Inversion[] {
    return [...this.#inversions.values()].map(({ input: _, ...inversion }) => inversion);
  }

  stages(): StageNode[] {
    return [...this.#inversions.values()].flatMap(({ input, key, label, snapshots }) =>
      snapshots.map(({ step }) => inversionStage(input, key, step, `${label}, step ${step}`)),
    );
  }

  /** The key of any step of a textual inversion, wanted by this sweep or not; undefined for another key. */
  snapshotKey(key: string, step: number): string | undefined {
    const inversion = this.#inversions.get(key);
    return inversion && inversionStage(inversion.input, key, step, '').key;
  }
}

function labelOf(subject: string, placeholder: string, values: TrainingPoint['values']): string {
  const own = Object.entries(values).filter(
    ([name]) =>
      name.startsWith(PREFIX) && name !== `${PREFIX}max_train_steps` && name !== `${PREFIX}placeholder_token`,
  );
  const named = own.map(([name, value]) => `${name.slice(PREFIX.length)} ${formatValue(value)}`);
  return [`${subject}, the word ${placeholder}`, ...named].join(', ');
}

const PREFIX = 'textual_inversion_';

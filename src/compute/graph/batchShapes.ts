import { sha256Hex } from '../../core/hash.ts';
import { describeTypes, type InputTypes, sameTypes } from './inputTypes.ts';
import { kindOfTraining, type TrainingGraphSetup } from './trainingGraph.ts';

/** More calls than these are not prepared beforehand: what other photos once needed, these may not. */
const MOST = 3;

/** By kind of training and first batch: the shapes that have come since. */
const seen = new Map<string, InputTypes[]>();

/**
 * Notes that a training which began with the batch `first` has one of this shape, too. Gives the shapes that such trainings
 * have, as far as this process has seen (an epoch's last batch is often smaller), so that the graph of the next one is made
 * once; `first` is the first.
 */
export function noteShape(
  setup: TrainingGraphSetup,
  first: InputTypes,
  shape: InputTypes,
): readonly InputTypes[] {
  const key = sha256Hex(JSON.stringify([kindOfTraining(setup), describeTypes(first)]));
  const shapes = seen.get(key) ?? [first];
  seen.set(key, shapes);
  if (!shapes.some(known => sameTypes(known, shape))) shapes.push(shape);
  if (shapes.length > MOST) shapes.splice(1, 1);
  return [...shapes];
}

import { sha256Hex } from '../../core/hash.ts';
import { describeTypes, type InputTypes, sameTypes } from './inputTypes.ts';
import { kindOfTraining, type TrainingGraphSetup } from './trainingGraph.ts';

/** More calls than these are not prepared beforehand: what other photos once needed, these may not. */
const MOST = 3;

/** By kind of training and first batch: the shapes that have come since. */
const seen = new Map<string, InputTypes[]>();

/**
 * The shapes of batches that a training which began with this one will have, as far as earlier trainings of its kind in this
 * process tell (an epoch's last batch is often smaller): so that the graph is made once. The first is `first`.
 */
export function expectedShapes(setup: TrainingGraphSetup, first: InputTypes): readonly InputTypes[] {
  return [...listOf(setup, first)];
}

/** Tells those that follow of a shape that came after `first`. */
export function noteShape(setup: TrainingGraphSetup, first: InputTypes, shape: InputTypes): void {
  const shapes = listOf(setup, first);
  if (shapes.some(known => sameTypes(known, shape))) return;
  shapes.push(shape);
  if (shapes.length > MOST) shapes.splice(1, 1);
}

function listOf(setup: TrainingGraphSetup, first: InputTypes): InputTypes[] {
  const key = sha256Hex(JSON.stringify([kindOfTraining(setup), describeTypes(first)]));
  const shapes = seen.get(key) ?? [first];
  seen.set(key, shapes);
  return shapes;
}

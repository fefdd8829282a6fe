import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../core/errors.ts';
import { delayed } from './graph/tracing.ts';

/** One kernel call on tfjs' tape, or a segment that is to be computed again. */
export interface TapeNode {
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
  /** Tensors kept for `gradient` or `replay`; ours to dispose. */
  saved?: tf.Tensor[];
  /** Puts the kernel calls that this node stands for on the tape, with the tensors it names as inputs and outputs. */
  replay?: (tape: TapeNode[], dys: readonly tf.Tensor[]) => void;
}

/** The members of tfjs' engine that its types hide; unchanged since 1.x, and the version is pinned. */
interface TapingEngine {
  state: { activeTape: TapeNode[] | null; gradientDepth: number; kernelDepth: number };
  startTape(): void;
  endTape(): void;
}

const engine = (): TapingEngine => tf.engine() as unknown as TapingEngine;

/** The tape that segments write themselves on; null where nothing is recorded or nothing is to be computed again. */
let segments: TapeNode[] | null = null;

/** Runs `f` while tfjs writes its kernel calls down, and moves them to the end of `tape`, also when it fails. */
export function record<T extends tf.Tensor>(tape: TapeNode[], f: () => T, checkpointing: boolean): T {
  const { state } = engine();
  if (state.gradientDepth !== 0) {
    throw new SweetspotError('E_INTERNAL', 'gradients of gradients are not supported');
  }
  engine().startTape();
  segments = checkpointing ? state.activeTape : null;
  try {
    return tf.tidy(f);
  } finally {
    engine().endTape();
    tape.push(...(state.activeTape ?? []));
    state.activeTape = null;
    segments = null;
  }
}

/**
 * A piece of a network that gradient checkpointing computes twice: f(...inputs), as it is. Only while `valueAndGrads`
 * records with checkpointing, nothing between the inputs and the result is kept, and f runs once more when the backward
 * pass comes to it (Chen et al. 2016, "Training deep nets with sublinear memory cost").
 *
 * @param inputs all tensors but variables that f depends on; null stands for itself
 */
export function segment<I extends readonly (tf.Tensor | null)[], O extends tf.Tensor>(
  inputs: readonly [...I],
  f: (...inputs: I) => O,
): O {
  const tape = segments;
  if (tape === null) return f(...(inputs as unknown as I));
  const { state } = engine();
  const saved: tf.Tensor[] = [];
  state.kernelDepth++; // tfjs' way to write nothing down
  try {
    const output = tf.tidy(() => f(...(inputs as unknown as I)));
    const kept = inputs.map(input => input && tf.keep(tf.clone(input)));
    saved.push(...kept.filter(tensor => tensor !== null));
    const used = inputs.filter(input => input !== null);
    if (used.includes(output)) throw new SweetspotError('E_INTERNAL', 'a segment gives an input back');
    tape.push({
      kernelName: 'Segment',
      inputs: Object.fromEntries(used.map((input, i) => [`${i}`, input])),
      outputs: [output],
      saved,
      replay: (onto, dys) => {
        const first = onto.length;
        // In a graph nothing else keeps it from being done early, or from being taken for what was computed before.
        const inputs = kept.map(tensor => tensor && delayed(tensor, dys));
        const again = record(onto, () => f(...(inputs as unknown as I)), true);
        rename(onto.slice(first), [...inputs.filter(tensor => tensor !== null), again], [...used, output]);
        again.dispose();
      },
    });
    return output;
  } catch (error) {
    tf.dispose(saved);
    throw error;
  } finally {
    state.kernelDepth--;
  }
}

/** Makes nodes name other tensors; the reverse pass looks at nothing but their ids and shapes. */
function rename(nodes: readonly TapeNode[], from: readonly tf.Tensor[], to: readonly tf.Tensor[]): void {
  const other = new Map(from.map((tensor, i) => [tensor.id, to[i] ?? tensor]));
  const named = (tensor: tf.Tensor): tf.Tensor => other.get(tensor.id) ?? tensor;
  for (const node of nodes) {
    node.inputs = Object.fromEntries(Object.entries(node.inputs).map(([name, x]) => [name, named(x)]));
    node.outputs = node.outputs.map(named);
  }
}

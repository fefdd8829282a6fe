import type * as tf from '@tensorflow/tfjs-core';

/** Where the values of a weight are while no tensor of tfjs holds them. */
export interface ValueHome {
  /** A copy, in the order of memory. */
  read(): Float32Array;
  /** Takes the array over. */
  write(values: Float32Array): void;
  /** The values are a tensor again: what is here is forgotten. */
  leave(): void;
}

/** A weight of a model as graphs see it. */
export interface GraphWeight {
  /** The values as a variable of tfjs; comes back from where they were lent to. */
  readonly value: tf.Variable;
  /** Lets go of the tensor: from now on the values are there. */
  lend(home: ValueHome): void;
}

/** A weight by the name that it has in a graph, where no other has that name. */
export interface NamedWeight {
  name: string;
  weight: GraphWeight;
}

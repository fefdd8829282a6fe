import * as tf from '@tensorflow/tfjs-core';
import { SweetspotError } from '../../core/errors.ts';
import type { NativeBackend } from '../tensorflow/nativeBackend.ts';
import { graphBackend, wantsXla, warnOfFallback, warnWithoutXla } from './compiling.ts';
import { type GraphFolder, graphFolder } from './graphFolder.ts';
import { graphIdentity } from './graphIdentity.ts';
import type { GraphValue } from './graphNode.ts';
import { type GraphProgram, type GraphVariable, graphVariable, readVariable } from './graphProgram.ts';
import type { NamedWeight } from './graphWeight.ts';
import { GraphWeights } from './graphWeights.ts';
import { describeTypes, type InputTypes, sameTypes, typesOf } from './inputTypes.ts';
import type { LoadedGraph } from './loadedGraph.ts';
import { loadGraph, releaseGraph } from './loadGraph.ts';
import { recordGraph } from './recordGraph.ts';
import { simplify } from './simplify/simplify.ts';
import { DType } from './tensorType.ts';
import { nodesInOrder } from './visit.ts';

export interface CompiledFunctionSetup {
  /** For messages. */
  name: string;
  /** Of the inputs and the weights, and of nothing else. */
  compute(inputs: tf.NamedTensorMap): tf.NamedTensorMap;
  weights: readonly NamedWeight[];
  /** All that decides what `compute` does beside the inputs' types and the code; any JSON value. */
  identity: unknown;
}

interface ForTypes {
  types: InputTypes;
  graph: LoadedGraph;
  weights: GraphWeights;
  /** Whether XLA compiles the call, and has not done it yet. */
  untried: boolean;
}

/** A call per shape of the inputs is kept; those of further shapes push the oldest out. */
const MOST_SHAPES = 2;
const CALL = 'call';

/**
 * A function of tensors and weights that runs as one graph where the native backend is in use, and as it is elsewhere, or
 * when it cannot be recorded (with one warning). It has no gradient.
 */
export class CompiledFunction {
  readonly #setup: CompiledFunctionSetup;
  #loaded: ForTypes[] = [];
  #failed = false;
  #withoutXla = false;

  constructor(setup: CompiledFunctionSetup) {
    this.#setup = setup;
  }

  /** The outputs are the caller's. */
  run(inputs: tf.NamedTensorMap): tf.NamedTensorMap {
    const backend = this.#failed ? null : graphBackend();
    const loaded = backend && this.#forTypes(backend, typesOf(inputs));
    if (!loaded) return tf.tidy(() => this.#setup.compute(inputs));
    loaded.weights.enter();
    try {
      const outputs = loaded.graph.run(CALL, inputs);
      loaded.untried = false;
      return outputs;
    } catch (error) {
      if (!loaded.untried) throw error;
      this.#goWithoutXla(error);
      return this.run(inputs);
    }
  }

  dispose(): void {
    for (const { graph } of this.#loaded) releaseGraph(graph);
    this.#loaded = [];
  }

  #load(backend: NativeBackend, types: InputTypes, xla: boolean): LoadedGraph {
    if (xla) {
      try {
        return loadGraph(backend, () => functionGraph(backend, this.#setup, types, true));
      } catch (error) {
        this.#goWithoutXla(error);
      }
    }
    return loadGraph(backend, () => functionGraph(backend, this.#setup, types, false));
  }

  #goWithoutXla(error: unknown): void {
    this.#withoutXla = true;
    warnWithoutXla(this.#setup.name, error);
    this.dispose();
  }

  #forTypes(backend: NativeBackend, types: InputTypes): ForTypes | null {
    const known = this.#loaded.find(entry => sameTypes(entry.types, types));
    if (known) return known;
    try {
      const graph = this.#load(backend, types, wantsXla() && !this.#withoutXla);
      const byName = new Map(this.#setup.weights.map(({ name, weight }) => [name, weight]));
      const weights = graph.layout.variables.map(({ name }) => {
        const weight = byName.get(name);
        if (weight) return weight;
        throw new SweetspotError('E_INTERNAL', 'a graph has an unknown weight', { got: name });
      });
      const entry = {
        types,
        graph,
        weights: new GraphWeights(graph, weights, 0),
        untried: wantsXla() && !this.#withoutXla,
      };
      this.#loaded.push(entry);
      const oldest = this.#loaded.length > MOST_SHAPES ? this.#loaded.shift() : undefined;
      if (oldest) releaseGraph(oldest.graph);
      return entry;
    } catch (error) {
      this.#failed = true;
      warnOfFallback(this.#setup.name, error);
      return null;
    }
  }
}

function functionGraph(
  backend: NativeBackend,
  setup: CompiledFunctionSetup,
  types: InputTypes,
  xla: boolean,
): GraphFolder {
  const content = {
    kind: 'function',
    name: setup.name,
    function: setup.identity,
    inputs: describeTypes(types),
  };
  return graphFolder(graphIdentity(backend, content, xla), () => functionProgram(backend, setup, types, xla));
}

/** Only weights that the function uses become variables. */
function functionProgram(
  backend: NativeBackend,
  { compute, weights }: CompiledFunctionSetup,
  types: InputTypes,
  xla: boolean,
): GraphProgram {
  const variables = weights.map(({ name, weight }) =>
    graphVariable(name, { dtype: DType.float32, shape: weight.value.shape }),
  );
  const known = new Map<tf.Tensor, GraphValue>(
    weights.map(({ weight }, i) => [weight.value, readVariable(variables[i] as GraphVariable)]),
  );
  const { inputs, outputs } = recordGraph(backend, types, known, compute);
  const simple = simplify(outputs);
  const used = new Set(nodesInOrder(Array.from(simple.values(), ({ node }) => node)));
  return {
    variables: variables.filter(({ handle }) => used.has(handle.node)),
    signatures: new Map([[CALL, { inputs, outputs: simple, updates: [], byXla: xla }]]),
  };
}

import { graphBackend, warnOfFallback } from '../compute/graph/compiling.ts';
import { CompiledStep } from './compiledStep.ts';
import { EagerStep } from './eagerStep.ts';
import { checkPrecision } from './precision.ts';
import type { AverageHome, OptimizerState, StepComputation } from './stepComputation.ts';
import type { StepSetup } from './stepSetup.ts';

/**
 * As one graph where the native backend is in use and compiling is not switched off; else op by op.
 * @throws E_OPTION where mixed precision is not to be had
 */
export function createStep<I>(setup: StepSetup<I>): StepComputation<I> {
  const { mixedPrecision = 'no' } = setup.options;
  checkPrecision(mixedPrecision);
  const backend = graphBackend();
  if (!backend) return new EagerStep(setup);
  if (mixedPrecision !== 'no') return new CompiledStep(setup, backend);
  return new FallingBack(new CompiledStep(setup, backend), () => new EagerStep(setup));
}

/** A computation that another one takes the place of when it fails at its first batch. */
class FallingBack<I> implements StepComputation<I> {
  #current: StepComputation<I>;
  #other: (() => StepComputation<I>) | null;

  constructor(first: StepComputation<I>, other: () => StepComputation<I>) {
    this.#current = first;
    this.#other = other;
  }

  async accumulate(input: I): Promise<number> {
    const other = this.#other;
    this.#other = null;
    if (!other) return this.#current.accumulate(input);
    try {
      return await this.#current.accumulate(input);
    } catch (error) {
      warnOfFallback('training', error);
      const state = this.#current.optimizerState();
      this.#current.dispose();
      this.#current = other();
      this.#current.restoreOptimizer(state);
      return this.#current.accumulate(input);
    }
  }

  apply(rates: readonly number[]): Promise<number | null> {
    return this.#current.apply(rates);
  }

  get skipped(): number {
    return this.#current.skipped;
  }

  discard(): void {
    this.#current.discard();
  }

  optimizerState(): OptimizerState {
    return this.#current.optimizerState();
  }

  averageHome(which: number): AverageHome | null {
    // Before its first batch it is not known which computation it will be.
    return this.#other ? null : (this.#current.averageHome?.(which) ?? null);
  }

  restoreOptimizer(state: OptimizerState): void {
    this.#current.restoreOptimizer(state);
  }

  dispose(): void {
    this.#current.dispose();
  }
}

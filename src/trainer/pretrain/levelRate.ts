export interface LevelRate {
  learningRate: number;
  warmupSteps: number;
  /** Share of the steps, at the end, in which the rate falls to 0. */
  decay: number;
}

/**
 * The learning rate of update `step`, from 0: up in a line, level, and down in a line at the end. Level in the middle, so
 * that more steps can be wanted before the end has begun.
 */
export function levelRate(step: number, steps: number, recipe: LevelRate): number {
  const up = (step + 1) / recipe.warmupSteps;
  const down = (steps - step) / (steps * recipe.decay);
  return recipe.learningRate * Math.max(0, Math.min(1, up, down));
}

import type { StageKind } from '../stages/job.ts';
import type { Plan, StepCounts } from './types.ts';

/** What `sweetspot plan --json` prints: a contract with whoever reads it. */
export interface PlanJson {
  sweep: string;
  /** Trained trials; the untrained baseline is no trial. */
  trials: number;
  /** Trials x inference values x prompts x seeds. */
  cells: number;
  /** Pictures of the untrained model, on top of `cells`. */
  baseline_cells: number;
  /** Number of stages in `graph`, by kind. */
  stages: Partial<Record<StageKind, number>>;
  steps: StepCounts;
  /** Distinct pictures, the baseline's included. */
  images: number;
  graph: { key: string; kind: StageKind; needs: string[]; label: string }[];
}

export function planToJson(plan: Plan): PlanJson {
  const stages: PlanJson['stages'] = {};
  for (const { kind } of plan.stages) stages[kind] = (stages[kind] ?? 0) + 1;
  return {
    sweep: plan.sweep.name,
    trials: plan.trials.length,
    cells: plan.cells.length,
    baseline_cells: plan.baselineCells.length,
    stages,
    steps: plan.steps,
    images: plan.images.total,
    graph: plan.stages.map(({ key, kind, needs, label }) => ({ key, kind, needs, label })),
  };
}

import type { Plan } from '../../planner/types.ts';
import type { ReportCell, ReportSampler } from './reportModel.ts';

/** All pictures that the sweep asks for, the untrained model's before the others, and the samplers they name. */
export function reportCells(plan: Plan): {
  cells: ReportCell[];
  samplers: ReportSampler[];
  samplerIndex: (sampler: object) => number;
} {
  const samplers: ReportSampler[] = [];
  const known = new Map<string, number>();
  const samplerIndex = (sampler: object): number => {
    const { scheduler, numInferenceSteps, guidanceScale, negativePrompt, width, height } =
      sampler as ReportSampler;
    const own = { scheduler, numInferenceSteps, guidanceScale, negativePrompt, width, height };
    const id = JSON.stringify(own);
    const index = known.get(id) ?? samplers.push(own) - 1;
    known.set(id, index);
    return index;
  };
  const trials = new Map(plan.trials.map(trial => [trial.id, trial]));
  const cells: ReportCell[] = [
    ...plan.baselineCells.flatMap(({ subjects, values, sampler, prompt, seed, pictureKey }) =>
      subjects.map(subject => ({
        trial: null,
        subject,
        steps: 0,
        values,
        sampler: samplerIndex(sampler),
        prompt,
        seed,
        picture: pictureKey,
      })),
    ),
    ...plan.cells.flatMap(({ trial, subject, step, values, sampler, prompt, seed, pictureKey }) => {
      const of = trials.get(trial);
      return of === undefined
        ? []
        : [
            {
              trial: of.number,
              subject,
              steps: step,
              values,
              sampler: samplerIndex(sampler),
              prompt,
              seed,
              picture: pictureKey,
            },
          ];
    }),
  ];
  return { cells, samplers, samplerIndex };
}

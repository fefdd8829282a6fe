import { SweetspotError } from '../../core/errors.ts';
import type { Plan, TrainingJob } from '../../planner/types.ts';
import type { InversionOptions, InversionParameters } from '../../stages/job.ts';
import type { Workspace } from '../../store/workspace.ts';
import { memoryOf } from './memory.ts';
import { type PlannedJob, short } from './plannedJob.ts';
import { trajectoryJob } from './trajectoryJob.ts';

/** Learns the embeddings of a new word, from where it can be gone on from, through every step that is wanted. */
export function inversionJob(plan: Plan, workspace: Workspace, job: TrainingJob): PlannedJob {
  const { info } = plan.sweep.model;
  const inversion = plan.inversions?.find(({ key }) => key === job.trajectoryKey);
  if (!inversion) {
    throw new SweetspotError('E_INTERNAL', 'a textual inversion outside the plan', {
      got: job.trajectoryKey,
    });
  }
  const { label, images, options } = inversion;
  const id = `word-${short(job.trajectoryKey)}`;
  const { parameters: common, outputs, ...shared } = trajectoryJob(plan, workspace, job, inversion);
  const parameters: InversionParameters = { ...common, images, options };
  return {
    ...shared,
    id,
    kind: 'textual-inversion',
    label,
    rateKey: rateKeyOf(plan.sweep, options),
    representative: { kind: 'textual-inversion', parameters: { ...parameters, from: null } },
    needs: [],
    priority: 3,
    ...memoryOf(info, 'sample'),
    build: attempt => ({ id, kind: 'textual-inversion', parameters, outputs: outputs(attempt) }),
  };
}

function rateKeyOf({ model, gradientCheckpointing }: Plan['sweep'], options: InversionOptions): string {
  const images = options.trainBatchSize * options.gradientAccumulationSteps;
  const more = gradientCheckpointing ? ' checkpointing' : '';
  return `invert ${model.name} ${options.resolution} ${images} images${more}`;
}

import { SweetspotError } from '../../core/errors.ts';
import type { SchedulerName } from '../../stages/job.ts';
import { SCHEDULER_NAMES } from '../../stages/schedulers.ts';
import type { SchedulerConfig } from '../config/schedulerConfig.ts';
import { createDdim } from './ddim.ts';
import { createDdpm } from './ddpm.ts';
import { createDpmSolverMultistep } from './dpmSolverMultistep.ts';
import { createEuler } from './euler.ts';
import { createLms } from './lms.ts';
import { createPndm } from './pndm.ts';
import type { Scheduler } from './scheduler.ts';
import { type ResolvedSchedulerOptions, schedulerOptions } from './schedulerOptions.ts';

const FACTORIES: Readonly<
  Record<SchedulerName, (options: ResolvedSchedulerOptions, count: number) => Scheduler>
> = {
  ddpm: createDdpm,
  ddim: createDdim,
  pndm: createPndm,
  lms: createLms,
  euler: createEuler,
  'dpm-solver-multistep': createDpmSolverMultistep,
};

/**
 * A run of `numInferenceSteps` steps with the scheduler `name` on a folder's configuration; null is the folder's own, as
 * its pipeline holds it. An unknown name, a number of steps the schedule does not have, or an option that cannot be
 * computed with fails with E_SCHEDULER.
 */
export function createScheduler(
  name: SchedulerName | null,
  config: SchedulerConfig,
  numInferenceSteps: number,
): Scheduler {
  if (name !== null && !Object.hasOwn(FACTORIES, name)) {
    throw new SweetspotError('E_SCHEDULER', 'unknown scheduler', {
      place: 'scheduler',
      allowed: SCHEDULER_NAMES.join(', '),
      got: `${name}`,
    });
  }
  return schedulerFromOptions(schedulerOptions(name, config), numInferenceSteps);
}

/** The same where the options are known already. */
export function schedulerFromOptions(
  options: ResolvedSchedulerOptions,
  numInferenceSteps: number,
): Scheduler {
  const most = options.numTrainTimesteps;
  if (!Number.isInteger(numInferenceSteps) || numInferenceSteps < 1 || numInferenceSteps > most) {
    throw new SweetspotError('E_SCHEDULER', 'the scheduler cannot make this number of steps', {
      place: 'num_inference_steps',
      allowed: `a whole number from 1 to ${most}`,
      got: `${numInferenceSteps}`,
    });
  }
  return FACTORIES[options.name](options, numInferenceSteps);
}

import type { SchedulerName } from './job.ts';

/** The scheduler classes of diffusers that this program can run, and what they are called here. */
export const SCHEDULER_CLASSES: Readonly<Record<string, SchedulerName>> = {
  DDPMScheduler: 'ddpm',
  DDIMScheduler: 'ddim',
  PNDMScheduler: 'pndm',
  LMSDiscreteScheduler: 'lms',
  EulerDiscreteScheduler: 'euler',
  DPMSolverMultistepScheduler: 'dpm-solver-multistep',
};

export const SCHEDULER_NAMES: readonly SchedulerName[] = Object.values(SCHEDULER_CLASSES);

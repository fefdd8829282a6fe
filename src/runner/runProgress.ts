import type { Failure } from './attempt.ts';
import type { Estimator } from './estimator.ts';
import type { JobOutcome, RunEvent } from './events.ts';
import type { PlannedJob } from './jobs/plannedJob.ts';
import { newsFilter } from './newsFilter.ts';
import { SpeedMeter } from './speedMeter.ts';
import type { JobEnd, JobMessage } from './workerProcess.ts';

/** Turns what workers say into the events of the run, with speed and time left. */
export class RunProgress {
  readonly #estimator: Estimator;
  readonly #emit: (event: RunEvent) => void;
  readonly #meters = new Map<string, SpeedMeter>();
  readonly #isNews = newsFilter();

  constructor(estimator: Estimator, emit: (event: RunEvent) => void) {
    this.#estimator = estimator;
    this.#emit = emit;
  }

  begin({ id, kind, label, units }: PlannedJob, slot: string): void {
    this.#meters.set(id, new SpeedMeter());
    this.#emit({ event: 'job', job: id, slot, kind, label, units });
  }

  /** @param seconds since the attempt began */
  message(job: PlannedJob, slot: string, message: JobMessage, seconds: number): void {
    if (!this.#isNews(message)) return;
    if (message.type === 'warning') this.#emit({ event: 'warning', message: message.message });
    else if (message.type === 'metric') {
      const { step, loss, lr } = message;
      this.#emit({ event: 'metric', job: job.id, slot, step, loss, lr });
    } else if (message.type === 'progress') {
      const { done, total, unit } = message;
      this.#estimator.progress(job.id, done / total, seconds);
      const perSecond = this.#meters.get(job.id)?.at(done, seconds) ?? null;
      this.#emit({
        event: 'progress',
        job: job.id,
        slot,
        label: job.label,
        done,
        total,
        unit,
        perSecond,
        jobSeconds: perSecond === null ? null : (total - done) / perSecond,
        overall: this.#estimator.overall(),
        remainingSeconds: this.#estimator.remainingSeconds(),
      });
    }
  }

  end(job: PlannedJob, slot: string | null, end: JobEnd, seconds: number, failure: Failure | null): void {
    this.#estimator.end(job.id);
    this.#jobEnd(job, slot, end.outcome, {
      seconds,
      ...('error' in end ? { error: end.error } : {}),
      ...(failure ? { class: failure.class } : {}),
      ...(failure?.log ? { log: failure.log } : {}),
    });
  }

  blocked(job: PlannedJob): void {
    this.#estimator.end(job.id);
    this.#jobEnd(job, null, 'blocked', { seconds: 0 });
  }

  #jobEnd(
    { id, kind, label }: PlannedJob,
    slot: string | null,
    outcome: JobOutcome,
    rest: Pick<Extract<RunEvent, { event: 'jobEnd' }>, 'seconds' | 'error' | 'class' | 'log'>,
  ): void {
    this.#meters.delete(id);
    this.#emit({ event: 'jobEnd', job: id, slot, kind, label, outcome, ...rest });
  }
}

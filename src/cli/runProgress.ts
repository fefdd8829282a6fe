import { counted } from '../core/counted.ts';
import { formatDuration } from '../core/formatDuration.ts';
import type { RunEvent } from '../runner/events.ts';
import { FAILURE_ACTIONS } from '../stages/failures.ts';
import type { ProgressLine } from './progressLine.ts';
import { computingOn } from './sayBackend.ts';

const BAR_CELLS = 20;
const LABEL_CELLS = 44;

type Progress = Extract<RunEvent, { event: 'progress' }>;
type JobEnd = Extract<RunEvent, { event: 'jobEnd' }>;

/** Turns the events of a run into a line a slot, a line for the whole, and lines that stay. */
export function showRun(line: ProgressLine): (event: RunEvent) => void {
  const slots = new Map<string, { progress: Progress | undefined; loss: number | undefined }>();
  let several = false;
  let computing = '';
  const draw = ({ overall, remainingSeconds }: Progress): void => {
    const lines = [...slots].flatMap(([name, { progress, loss }]) =>
      progress ? [slotLine(several ? `${name}  ` : '', progress, loss)] : several ? [`${name}  idle`] : [],
    );
    line.update([...lines, totalLine(overall, remainingSeconds)].join('\n'));
  };
  return event => {
    switch (event.event) {
      case 'start':
        line.say(startLine(event));
        return;
      case 'slots':
        several = event.slots.length > 1;
        for (const { slot } of event.slots) slots.set(slot, { progress: undefined, loss: undefined });
        return;
      case 'worker': {
        const { backend, threads, compile, slot } = event;
        const text = computingOn(backend, threads, compile);
        // A worker that takes another's place says nothing new.
        if (!computing.includes(`${slot}: ${text};`)) line.say(several ? `${slot}: ${text}` : text);
        computing += `${slot}: ${text};`;
        return;
      }
      case 'estimate':
        line.say(estimateLine(event));
        return;
      case 'job':
        slots.set(event.slot, { progress: undefined, loss: undefined });
        return;
      case 'metric': {
        const slot = slots.get(event.slot);
        if (slot) slot.loss = event.loss;
        return;
      }
      case 'progress': {
        const slot = slots.get(event.slot);
        if (slot) slot.progress = event;
        draw(event);
        return;
      }
      case 'jobEnd': {
        if (event.slot !== null) slots.set(event.slot, { progress: undefined, loss: undefined });
        const text = endLine(event);
        if (text !== null) line.say(text);
        return;
      }
      case 'quarantine':
        line.say(
          `warning: ${event.slot} gets no more work: three failures in a row, or no worker starts there`,
        );
        return;
      case 'warning':
        line.say(`warning: ${event.message}`);
        return;
      case 'stage':
      case 'end':
        return;
    }
  };
}

function startLine({
  sweep,
  jobs,
  steps,
  pictures,
  classImages,
  scores,
}: Extract<RunEvent, { event: 'start' }>): string {
  if (jobs === 0) return `${sweep}: everything is there already, nothing to compute`;
  const parts = [
    steps > 0 && counted(steps, 'training step'),
    classImages > 0 && counted(classImages, 'class image'),
    pictures > 0 && counted(pictures, 'picture'),
    scores > 0 && counted(scores, 'measurement'),
  ].filter(Boolean);
  return `${sweep}: ${parts.join(', ')} to make`;
}

function estimateLine({ seconds, basis }: Extract<RunEvent, { event: 'estimate' }>): string {
  if (seconds === null) return 'time needed: unknown before the first steps are done';
  const source = basis === 'history' ? "by this workspace's history" : 'by a few measured steps';
  return `this will take about ${formatDuration(seconds)} (${source})`;
}

function slotLine(
  name: string,
  { label, done, total, unit, perSecond, jobSeconds }: Progress,
  loss?: number,
): string {
  const short = label.length > LABEL_CELLS ? `${label.slice(0, LABEL_CELLS - 1)}…` : label;
  const parts = [
    `${unit} ${Math.floor(done)}/${total}`,
    perSecond !== null && `${perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(2)} it/s`,
    loss !== undefined && `loss ${loss.toFixed(4)}`,
    jobSeconds !== null && `${formatDuration(jobSeconds)} left`,
  ].filter(Boolean);
  return `${name}${short}: ${parts.join(', ')}`;
}

function totalLine(overall: number, remainingSeconds: number | null): string {
  const filled = Math.round(overall * BAR_CELLS);
  const bar = '#'.repeat(filled) + '.'.repeat(BAR_CELLS - filled);
  const left = remainingSeconds === null ? '' : ` | ${formatDuration(remainingSeconds)} left`;
  return `[${bar}]${`${Math.floor(overall * 100)}%`.padStart(4)}${left}`;
}

function endLine({ kind, label, outcome, seconds, error, class: failure }: JobEnd): string | null {
  // Batches of pictures are many and quick; the bar says enough of them.
  if (outcome === 'stopped' || (kind === 'sample' && (outcome === 'done' || outcome === 'blocked')))
    return null;
  if (outcome === 'done') return `done in ${formatDuration(seconds)}: ${label}`;
  if (outcome === 'blocked') return `not started, for what it needs failed: ${label}`;
  const what = [error?.what ?? outcome, error?.got].filter(Boolean).join(', ');
  const hint = error?.hint ?? (failure && FAILURE_ACTIONS[failure].advice);
  return `FAILED${failure ? ` (${failure})` : ''}: ${label}: ${what}${hint ? `. ${hint}` : ''}`;
}

import { formatDuration } from '../core/formatDuration.ts';
import type { RunEvent } from '../runner/events.ts';
import type { ProgressLine } from './progressLine.ts';

const BAR_CELLS = 20;

/** Turns the events of a run into a progress line and lines that stay. */
export function showRun(line: ProgressLine): (event: RunEvent) => void {
  let loss: number | undefined;
  return event => {
    switch (event.event) {
      case 'start':
        line.say(startLine(event));
        return;
      case 'worker':
        line.say(`computing on ${event.backend}, ${event.threads} threads`);
        return;
      case 'estimate':
        line.say(estimateLine(event));
        return;
      case 'job':
        loss = undefined;
        return;
      case 'metric':
        loss = event.loss;
        return;
      case 'progress': {
        const { overall, label, done, total, unit, remainingSeconds } = event;
        const filled = Math.round(overall * BAR_CELLS);
        const bar = '#'.repeat(filled) + '.'.repeat(BAR_CELLS - filled);
        const left = remainingSeconds === null ? '' : ` | ${formatDuration(remainingSeconds)} left`;
        const tail = loss === undefined ? '' : ` | loss ${loss.toFixed(4)}`;
        const percent = `${Math.floor(overall * 100)}%`.padStart(4);
        line.update(`[${bar}]${percent}${left} | ${label}: ${unit} ${Math.floor(done)}/${total}${tail}`);
        return;
      }
      case 'jobEnd': {
        const { kind, label, outcome, seconds, error } = event;
        // Batches of pictures are many and quick; the bar says enough of them.
        if (outcome === 'done' && kind === 'sample') return;
        if (outcome === 'done') line.say(`done in ${formatDuration(seconds)}: ${label}`);
        else if (outcome === 'blocked') line.say(`not started, for what it needs failed: ${label}`);
        else if (outcome !== 'stopped')
          line.say(`FAILED: ${label}: ${error?.what ?? outcome}${error?.hint ? `. ${error.hint}` : ''}`);
        return;
      }
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
}: Extract<RunEvent, { event: 'start' }>): string {
  if (jobs === 0) return `${sweep}: everything is there already, nothing to compute`;
  const parts = [
    steps > 0 && `${steps} training steps`,
    classImages > 0 && `${classImages} class images`,
    pictures > 0 && `${pictures} pictures`,
  ].filter(Boolean);
  return `${sweep}: ${parts.join(', ')} to make`;
}

function estimateLine({ seconds, basis }: Extract<RunEvent, { event: 'estimate' }>): string {
  if (seconds === null) return 'time needed: unknown before the first steps are done';
  const source = basis === 'history' ? "by this workspace's history" : 'by a few measured steps';
  return `this will take about ${formatDuration(seconds)} (${source})`;
}

import type { JobMessage } from './workerProcess.ts';

/** Whether what a worker says is new: every job warns of a prompt that is too long, and a run says so once. */
export function newsFilter(): (message: JobMessage) => boolean {
  const warnings = new Set<string>();
  return message => {
    if (message.type !== 'warning') return true;
    const isNew = !warnings.has(message.message);
    warnings.add(message.message);
    return isNew;
  };
}

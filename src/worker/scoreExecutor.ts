import { join } from 'node:path';
import { SweetspotError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { makeFolder } from '../core/makeFolder.ts';
import type { JobOutput, ScoreParameters } from '../stages/job.ts';
import { formatScores, SCORES_FILE } from '../stages/score.ts';
import type { ExecutorEnd, JobContext } from './context.ts';
import { scorerOf } from './scorerCache.ts';

/** Measures pictures: output i holds the values of item i. */
export async function score(
  parameters: ScoreParameters,
  outputs: readonly JobOutput[],
  context: JobContext,
): Promise<ExecutorEnd> {
  const scorer = await scorerOf(parameters);
  for (const [done, { key, dir, at }] of outputs.entries()) {
    if (context.signal.aborted) return 'stopped';
    const item = parameters.items[at];
    if (!item) throw new SweetspotError('E_INTERNAL', 'a score outside its job', { got: `${at}` });
    const values = await scorer.score(item, parameters.photos);
    makeFolder(dir);
    await writeFileAtomic(join(dir, SCORES_FILE), formatScores(values));
    context.output(key);
    context.progress(done + 1, outputs.length, 'picture');
  }
  return 'done';
}

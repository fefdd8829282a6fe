import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError, writeFileAtomic } from '../core/files.ts';
import type { StepMetrics } from './dreambooth.ts';

/** `losses.jsonl` of a training: one line an optimizer update, on the disk as soon as the update is made. */
export class LossFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Starts the file, or, going on after `fromStep`, keeps the lines up to there; a torn last line goes. */
  static async open(outputDir: string, fromStep: number): Promise<LossFile> {
    const path = join(outputDir, 'losses.jsonl');
    const kept = fromStep > 0 && existsSync(path) ? await readFile(path, 'utf8') : '';
    const lines = kept.split('\n').filter(line => (stepOf(line) ?? Number.POSITIVE_INFINITY) <= fromStep);
    await writeFileAtomic(path, lines.map(line => `${line}\n`).join(''));
    return new LossFile(path);
  }

  append({ step, loss, lr }: StepMetrics): void {
    try {
      appendFileSync(this.path, `${JSON.stringify({ step, loss, lr })}\n`);
    } catch (error) {
      throw writeError(error, this.path);
    }
  }
}

function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === 'number' ? step : undefined;
  } catch {
    return undefined;
  }
}

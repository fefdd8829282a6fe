import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError, writeFileAtomic } from '../core/files.ts';
import { formatLosses, LOSSES_FILE, type LossLine } from '../stages/lossLog.ts';

/** `losses.jsonl` of a training: one line an optimizer update, on the disk as soon as the update is made. */
export class LossFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Starts the file, or, going on after `fromStep`, keeps the lines up to there; a torn last line goes. */
  static async open(outputDir: string, fromStep: number): Promise<LossFile> {
    const path = join(outputDir, LOSSES_FILE);
    const kept = fromStep > 0 && existsSync(path) ? await readFile(path, 'utf8') : '';
    const lines = kept.split('\n').filter(line => (stepOf(line) ?? Number.POSITIVE_INFINITY) <= fromStep);
    await writeFileAtomic(path, lines.map(line => `${line}\n`).join(''));
    return new LossFile(path);
  }

  append(line: LossLine): void {
    try {
      appendFileSync(this.path, formatLosses([line]));
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

/** The losses beside a snapshot, from step 1 on: one JSON object a line. */
export const LOSSES_FILE = 'losses.jsonl';

/** One optimizer update, as train_dreambooth.py logs it. */
export interface LossLine {
  /** From 1. */
  step: number;
  loss: number;
  /** After the schedule's step: the rate of the next update. */
  lr: number;
}

export const formatLosses = (losses: readonly LossLine[]): string =>
  losses.map(({ step, loss, lr }) => `${JSON.stringify({ step, loss, lr })}\n`).join('');

/** @throws SyntaxError when a line is no JSON */
export const parseLosses = (text: string): LossLine[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as LossLine);

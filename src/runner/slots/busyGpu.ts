import { setTimeout as sleep } from 'node:timers/promises';
import type { Gpu } from './gpus.ts';
import { queryGpus } from './gpus.ts';

/** A desktop or an idle notebook holds some memory of a GPU; who computes on it holds more. */
const BUSY_SHARE = 0.25;
const POLL_MS = 2_000;

/** Whether somebody works on the GPU; ask while no worker of ours is on it. One that tells nothing counts as free. */
export const isBusy = ({ totalBytes, usedBytes }: Gpu): boolean =>
  totalBytes !== null && usedBytes !== null && usedBytes > BUSY_SHARE * totalBytes;

/**
 * Waits until nobody else works on the GPU. Says once that it waits.
 * @returns false when the signal came first
 */
export async function waitForGpu(
  gpu: Gpu,
  { signal, say, pollMs = POLL_MS }: { signal: AbortSignal; say(message: string): void; pollMs?: number },
): Promise<boolean> {
  for (let said = false; !signal.aborted; said = true) {
    const now = (await queryGpus()).find(({ uuid }) => uuid === gpu.uuid);
    if (!now || !isBusy(now)) return true;
    if (!said) {
      const used = ((now.usedBytes ?? 0) / 2 ** 30).toFixed(1);
      const total = ((now.totalBytes ?? 0) / 2 ** 30).toFixed(1);
      say(
        `gpu ${gpu.index} is used by somebody else (${used} of ${total} GiB): waiting for it; --share-gpus does not`,
      );
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

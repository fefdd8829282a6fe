import { readFileSync } from 'node:fs';

/** Where Linux counts the processes that it ended for want of memory: the machine's, and the container's. */
const COUNTERS = ['/proc/vmstat', '/sys/fs/cgroup/memory.events'];

let last = { at: Number.NEGATIVE_INFINITY, kills: 0 };

/**
 * How many processes the kernel has ended for want of memory so far; 0 where it does not tell.
 *
 * @param maxAgeMs what was read that lately will do
 */
export function memoryKills(maxAgeMs = 0): number {
  const at = performance.now();
  if (at - last.at >= maxAgeMs) last = { at, kills: readKills() };
  return last.kills;
}

function readKills(): number {
  let kills = 0;
  for (const path of COUNTERS) {
    try {
      kills += Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
    } catch {
      // Another system, or none of our business.
    }
  }
  return kills;
}

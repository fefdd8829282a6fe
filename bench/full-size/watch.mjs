// Runs a command, watches the memory of its process and of all below it, and ends it before the machine runs out.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 200;

const read = file => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
/** A line of a /proc file in bytes. */
const kilobytes = (text, name) =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;

function familyOf(root) {
  const parents = new Map();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
    parents.set(Number(pid), Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  const family = [root];
  for (let i = 0; i < family.length; i++)
    for (const [pid, parent] of parents) if (parent === family[i]) family.push(pid);
  return family;
}

/** Memory that the processes have on a GPU, where there is one. */
function gpuBytes(family) {
  const query = ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'];
  const { stdout, error } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  if (error) return null;
  const rows = stdout
    .trim()
    .split('\n')
    .map(line => line.split(',').map(Number));
  return rows
    .filter(([pid]) => family.includes(pid))
    .reduce((sum, [, mebibytes]) => sum + mebibytes * 2 ** 20, 0);
}

/**
 * @param leastFree bytes of available memory below which the command is ended
 * @returns its output, seconds, the highest peak of a single process (VmHWM), the least available memory, and whether it
 *   used swap or was ended
 */
export function watch(command, args, { leastFree = 2 * 2 ** 30, env = process.env } = {}) {
  return new Promise(resolve => {
    const start = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const seen = { peak: 0, gpuPeak: null, swap: 0, leastAvailable: Number.POSITIVE_INFINITY, killed: false };
    const lines = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        for (const line of text.split('\n').filter(Boolean)) {
          lines.push({ seconds: (performance.now() - start) / 1000, line });
          if (process.env.VERBOSE) console.error(line);
        }
      });
    const timer = setInterval(() => {
      const family = familyOf(child.pid);
      for (const pid of family) {
        const status = read(`/proc/${pid}/status`);
        seen.peak = Math.max(seen.peak, kilobytes(status, 'VmHWM'));
        seen.swap = Math.max(seen.swap, kilobytes(status, 'VmSwap'));
      }
      const onGpu = gpu ? gpuBytes(family) : null;
      if (onGpu !== null) seen.gpuPeak = Math.max(seen.gpuPeak ?? 0, onGpu);
      const available = kilobytes(read('/proc/meminfo'), 'MemAvailable');
      seen.leastAvailable = Math.min(seen.leastAvailable, available);
      if (available >= leastFree) return;
      seen.killed = true;
      for (const pid of family.reverse()) process.kill(pid, 'SIGKILL');
    }, EVERY_MS);
    child.on('close', code => {
      clearInterval(timer);
      resolve({ code, lines, seconds: (performance.now() - start) / 1000, ...seen });
    });
  });
}

const gpu = gpuBytes([]) !== null;

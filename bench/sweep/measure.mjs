// Runs a program to its end and says how long it took: by the clock, and on the processor with all its children.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Processor seconds of this process's ended children and theirs; null where there is no /proc. */
function childSeconds() {
  try {
    const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1).split(' ');
    // cutime and cstime (proc_pid_stat(5), fields 16 and 17), in hundredths of a second on every Linux that we know.
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return null;
  }
}

/** Resolves to {seconds, cpuSeconds, lines}: what it printed; `onLine` sees each line when it comes. */
export function measure(program, args, { cwd, env, onLine = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const cpuStart = childSeconds();
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines = [];
    let rest = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop();
      for (const line of parts) {
        lines.push(line);
        onLine(line);
      }
    });
    child.stderr.setEncoding('utf8').on('data', chunk => {
      errors = (errors + chunk).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', code => {
      if (code !== 0) return reject(new Error(`${program} ${args[0]} ended with ${code}: ${errors}`));
      const cpuEnd = childSeconds();
      resolve({
        seconds: (performance.now() - start) / 1000,
        cpuSeconds: cpuStart === null || cpuEnd === null ? null : cpuEnd - cpuStart,
        lines,
      });
    });
  });
}

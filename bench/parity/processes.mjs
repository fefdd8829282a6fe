import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const here = name => fileURLToPath(new URL(name, import.meta.url));
export const BIN = here('../../dist/cli/main.js');

/** Runs a program to its end; resolves to {code, stdout, stderr}. */
export function run(program, args, { input = '', cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {}); // a program that ends early says so by its exit code
    child.stdin.end(input);
  });
}

/** The built command, as a user calls it. */
export const sweetspot = (args, threads) =>
  run(process.execPath, [BIN, ...args, '--threads', String(threads)]);

/** One of the Python files beside this one; throws with the end of what it said. */
export async function python(interpreter, file, args, options = {}) {
  const env = {
    HF_HUB_OFFLINE: '1',
    OMP_NUM_THREADS: '1',
    CUDA_VISIBLE_DEVICES: '',
    PYTHONUTF8: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const result = await run(interpreter, [here(file), ...args], { ...options, env });
  if (result.code !== 0) throw new Error(`${file}: ${lastLine(result.stderr)}`);
  return result.stdout;
}

/** Errors are one line, the last one; the program's name before it says nothing here. */
export const lastLine = text => (text.trim().split('\n').at(-1) ?? '').replace(/^sweetspot: /, '');

import { execFileSync } from 'node:child_process';

/**
 * Worker processes and the bin run from dist/, so the tests build it first (incremental, a second or two).
 * SWEETSPOT_SKIP_BUILD=1 leaves dist/ as it is, for a quick run of unit tests.
 */
export default function setup(): void {
  if (process.env.SWEETSPOT_SKIP_BUILD) return;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}

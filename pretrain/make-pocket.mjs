/**
 * Makes a pocket model from nothing, all stages one after the other; stopped, it goes on where it was when it is started
 * again. A stage that is done is not done again.
 *
 *   npm run pretrain                     into models/pocket
 *   npm run pretrain -- DIR [OPTIONS]    into another folder; options such as --threads and --backend go to every stage
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith('-');
const target = resolve(named ? first : join(root, 'models/pocket'));
const options = named ? rest : process.argv.slice(2);
const work = join(import.meta.dirname, 'work');

/** Decoder last: it is the longest, and the UNet does not need it. */
const STAGES = [
  { stage: 'clip', output: join(work, 'clip') },
  { stage: 'vae', output: join(work, 'vae') },
  {
    stage: 'unet',
    output: join(work, 'model'),
    from: ['--vae', join(work, 'vae'), '--text-encoder', join(work, 'clip')],
  },
  { stage: 'decoder', output: join(work, 'decoder'), from: ['--vae', join(work, 'vae')] },
];

for (const { stage, output, from = [] } of STAGES) {
  if (existsSync(output)) continue;
  console.log(`${stage}: ${output}`);
  run(['pretrain', stage, ...from, '--output', output, ...options]);
}
cpSync(join(work, 'model'), target, { recursive: true });
cpSync(join(work, 'decoder'), join(target, 'vae'), { recursive: true });
cpSync(join(work, 'clip'), join(target, 'clip'), { recursive: true });
console.log(`written to ${target}`);

function run(args) {
  const { status, signal } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
    stdio: 'inherit',
  });
  // Its own message says why; what was done so far is kept.
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

// npm run test:chaos [KILLS] [SEED]: kills sweeps in all ways until there were so many kills; compares each time.
import { spawnSync } from 'node:child_process';

const [kills = '100', seed = String(Math.floor(Math.random() * 100_000))] = process.argv.slice(2);
console.log(`${kills} kills, seed ${seed}`);
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', 'test/chaos/chaos.test.ts', '--disableConsoleIntercept'],
  { stdio: 'inherit', env: { ...process.env, SWEETSPOT_CHAOS_KILLS: kills, SWEETSPOT_CHAOS_SEED: seed } },
);
process.exitCode = status ?? 1;

import { describe, expect, it } from 'vitest';
import { playReference, playRound } from './playRound.ts';
import { SeededRandom } from './seededRandom.ts';

/** `npm run test:chaos N` asks for N kills and says the seed; within `npm test` there are a few, always the same. */
const kills = Number(process.env.SWEETSPOT_CHAOS_KILLS ?? 3);
const seed = Number(process.env.SWEETSPOT_CHAOS_SEED ?? 7);
const MAX_DISTURBANCES = 5;
const HOUR_MS = 3_600_000;

describe('chaos', () => {
  it(
    `ends with the same bytes after ${kills} kills, seed ${seed}`,
    async () => {
      const reference = await playReference(1);
      let done = 0;
      let reads = 0;
      const faults: string[] = [];
      for (let round = 1; done < kills; round++) {
        const random = new SeededRandom(seed * 10_000 + round);
        const disturbances = Math.min(random.between(1, MAX_DISTURBANCES), kills - done);
        const result = await playRound(random, reference, disturbances);
        done += result.disturbed.reduce((sum, { kills: n }) => sum + n, 0);
        reads += result.reads;
        const verdict = result.faults.length === 0 ? 'same bytes' : result.faults.join('; ');
        const what = result.disturbed.map(({ what, kills: n }) => `${what}${n === 0 ? ' (no kill)' : ''}`);
        if (process.env.SWEETSPOT_CHAOS_KILLS) {
          console.log(`round ${round}, ${done} kills: ${what.join(', then ')}: ${verdict}`);
        }
        faults.push(...result.faults.map(fault => `round ${round} (${what.join(', then ')}): ${fault}`));
      }
      console.log(`chaos: seed ${seed}, ${done} kills, ${reads} reads meanwhile, ${faults.length} faults`);
      expect(faults).toEqual([]);
    },
    HOUR_MS * 3,
  );
});

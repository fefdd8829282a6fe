const PARTS = {
  classImages: 'class pictures (50 steps)',
  plainSteps: 'training steps, no prior',
  priorSteps: 'training steps, with prior',
  pictures: 'pictures (25 steps)',
};

const mean = values => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * Means over the rounds: seconds and units of each part on both sides, and where the difference comes from. Parts of our side
 * add up over its slots.
 */
export function summarize(plan, rounds, slots) {
  const units = {
    classImages: [plan.classImages, plan.classImages],
    plainSteps: [plan.sharedSteps(false), plan.allSteps(false)],
    priorSteps: [plan.sharedSteps(true), plan.allSteps(true)],
    pictures: [plan.pictures, plan.pictures],
  };
  const sideOf = (side, index) => {
    const runs = rounds.map(round => round[side]);
    if (runs.some(run => run === null)) return null;
    const parts = Object.fromEntries(
      Object.keys(PARTS).map(part => {
        const seconds = mean(runs.map(run => run.parts[part]));
        const count = units[part][index];
        return [part, { units: count, seconds, msPerUnit: (1000 * seconds) / count }];
      }),
    );
    const seconds = mean(runs.map(run => run.seconds));
    const inParts = Object.values(parts).reduce((sum, part) => sum + part.seconds, 0);
    return {
      seconds,
      cpuSeconds: mean(runs.map(run => run.cpuSeconds)),
      // Beside one another jobs hide what is between them.
      restSeconds: side === 'ours' && slots > 1 ? Number.NaN : seconds - inParts,
      parts,
    };
  };
  const ours = sideOf('ours', 0);
  const loop = sideOf('loop', 1);
  // Without sharing, every step of the loop at what a step costs here.
  const stepsSaved = ['plainSteps', 'priorSteps'].map(
    part => (units[part][1] - units[part][0]) * ours.parts[part].msPerUnit,
  );
  const unshared = ours.seconds + (stepsSaved[0] + stepsSaved[1]) / 1000 / slots;
  return { ours, loop, unsharedSeconds: unshared, ...(loop && { ratio: ours.seconds / loop.seconds }) };
}

export function printTable({ what, threads, slots, cpu, cores, loadAverageBefore, versions, summary }) {
  const { ours, loop, unsharedSeconds } = summary;
  const column = text => text.padStart(11);
  const seconds = value => column(Number.isFinite(value) ? value.toFixed(1) : '-');
  const ratio = value => column(Number.isFinite(value) ? `${value.toFixed(2)}x` : '-');
  console.log(
    `${what}; ${threads} threads, ours in ${slots} slots, ${cpu}, ${cores} cores, load ${loadAverageBefore.toFixed(1)} at the start`,
  );
  console.log(
    Object.entries(versions)
      .map(entry => entry.join(' '))
      .join(', '),
  );
  const titles = ['sweetspot s', 'loop s', 'of loop', 'ms a unit', 'loop ms', 'a unit'];
  console.log(''.padEnd(30) + titles.map(column).join(''));
  for (const [part, title] of Object.entries(PARTS)) {
    const [a, b] = [ours.parts[part], loop?.parts[part]];
    console.log(
      title.padEnd(30) +
        seconds(a.seconds) +
        seconds(b?.seconds) +
        ratio(b && a.seconds / b.seconds) +
        column(a.msPerUnit.toFixed(0)) +
        column(b ? b.msPerUnit.toFixed(0) : '-') +
        ratio(b && a.msPerUnit / b.msPerUnit),
    );
  }
  console.log('start, load, save, page'.padEnd(30) + seconds(ours.restSeconds) + seconds(loop?.restSeconds));
  console.log(
    'whole'.padEnd(30) +
      seconds(ours.seconds) +
      seconds(loop?.seconds) +
      ratio(loop && ours.seconds / loop.seconds),
  );
  console.log('processor seconds'.padEnd(30) + seconds(ours.cpuSeconds) + seconds(loop?.cpuSeconds));
  console.log(
    'whole, if nothing were shared'.padEnd(30) +
      seconds(unsharedSeconds) +
      column('') +
      ratio(loop && unsharedSeconds / loop.seconds),
  );
}

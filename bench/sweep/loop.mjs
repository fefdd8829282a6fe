import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';
import { scriptOptions } from './plan.mjs';

const here = name => fileURLToPath(new URL(name, import.meta.url));

/** One process of the unmodified script per trial, then one that makes all pictures. Seconds by part are its own. */
export async function runLoop(plan, folder, { python, script, threads, onTrial }) {
  mkdirSync(folder, { recursive: true });
  const inVenv = path.join(python, 'bin/python');
  const program = existsSync(inVenv) ? inVenv : python;
  const env = {
    ...{ OMP_NUM_THREADS: String(threads), HF_HUB_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '' },
    ...{ PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', TQDM_DISABLE: '1' },
  };
  const runPython = async (file, args) => {
    const { seconds, cpuSeconds, lines } = await measure(program, [here(file), ...args.map(String)], {
      cwd: folder,
      env,
    });
    return { seconds, cpuSeconds, ...JSON.parse(lines.at(-1)) };
  };
  const runs = [];
  const trialFolders = [];
  for (const [i, trial] of plan.trials.entries()) {
    const output = path.join(folder, `trial-${i}`);
    const options = scriptOptions(trial, plan, output, path.join(folder, 'class'));
    const run = { ...trial, ...(await runPython('train_script.py', [script, threads, ...options])) };
    runs.push(run);
    trialFolders.push(output);
    onTrial(run);
  }
  const sampling = await runPython('sample_trials.py', [
    threads,
    JSON.stringify(plan.sampling),
    ...trialFolders,
  ]);
  const sum = (list, value) => list.reduce((total, each) => total + value(each), 0);
  const stepsOf = prior =>
    sum(
      runs.filter(run => run.prior === prior),
      run => run.stepSeconds,
    );
  return {
    seconds: sum([...runs, sampling], run => run.seconds),
    cpuSeconds: sum([...runs, sampling], run => run.cpuSeconds ?? Number.NaN),
    parts: {
      classImages: sum(runs, run => run.classSeconds),
      plainSteps: stepsOf(false),
      priorSteps: stepsOf(true),
      pictures: sampling.pictureSeconds,
    },
    versions: sampling.versions,
    runs,
  };
}

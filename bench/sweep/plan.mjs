// The sweep that bench/sweep measures, as a sweep file for us and as options for train_dreambooth.py.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MODEL = path.join(root, 'models/pocket');
const PHOTOS = path.join(root, 'sweeps/subjects/cat-face');
const PROMPT = 'a photo of a moji cat';
const CLASS_PROMPT = 'a photo of a cat';
const RATES = [1e-5, 1e-4];
const STEPS = [100, 200, 300];
const CLASS_IMAGES = 40;
const SEEDS = [0, 1, 2, 3];

/** The sweep, or one with `scale` times as many steps and class pictures (never so few that nothing is left). */
export function planSweep(scale) {
  const unit = Math.max(2, Math.round(STEPS[0] * scale));
  const steps = STEPS.map(count => (count / STEPS[0]) * unit);
  const classImages = Math.max(4, Math.round(CLASS_IMAGES * scale));
  const trials = RATES.flatMap(rate =>
    [false, true].flatMap(prior => steps.map(maxTrainSteps => ({ rate, prior, maxTrainSteps }))),
  );
  return {
    trials,
    classImages,
    pictures: trials.length * SEEDS.length,
    /** Steps of the longest training of each trajectory, which is what is left when the shorter ones are part of it. */
    sharedSteps: prior => RATES.length * steps.at(-1) * (prior === undefined ? 2 : 1),
    allSteps: prior => RATES.length * steps.reduce((a, b) => a + b) * (prior === undefined ? 2 : 1),
    sampling: { prompts: SEEDS.map(() => PROMPT), seeds: SEEDS, steps: 25, guidance: 5, scheduler: 'ddim' },
    yaml: `name: bench
model: ${JSON.stringify(MODEL)}
baseline: false
subjects:
  cat-face:
    instance_data_dir: ${JSON.stringify(PHOTOS)}
    instance_prompt: ${PROMPT}
    class_prompt: ${CLASS_PROMPT}
train:
  learning_rate: [${RATES.join(', ')}]
  max_train_steps: [${steps.join(', ')}]
  with_prior_preservation: [false, true]
  num_class_images: ${classImages}
  train_batch_size: 2
  seed: 0
sample:
  prompts: [${PROMPT}]
  scheduler: ddim
  num_inference_steps: 25
  guidance_scale: 5
  seeds: [${SEEDS.join(', ')}]
`,
  };
}

/** A trial's command line; the class pictures are shared, as a careful user of the script would. */
export function scriptOptions({ rate, prior, maxTrainSteps }, { classImages }, outputDir, classDir) {
  return [
    ...['--pretrained_model_name_or_path', MODEL, '--instance_data_dir', PHOTOS, '--instance_prompt', PROMPT],
    ...['--resolution', '64', '--train_batch_size', '2', '--seed', '0', '--output_dir', outputDir],
    ...['--lr_scheduler', 'constant', '--lr_warmup_steps', '0', '--learning_rate', String(rate)],
    ...['--max_train_steps', String(maxTrainSteps)],
    ...(prior
      ? ['--with_prior_preservation', '--class_prompt', CLASS_PROMPT, '--class_data_dir', classDir]
      : []),
    ...(prior ? ['--num_class_images', String(classImages)] : []),
  ];
}

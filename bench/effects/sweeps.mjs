// The two sweeps whose pictures show the effects.

const sample = scale => `sample:
  prompts: [a photo of a moji cat, a moji cat on a blue background, a moji cat on a red background]
  scheduler: ddim
  num_inference_steps: ${Math.max(2, Math.round(25 * scale))}
  guidance_scale: 5
  seeds: [0, 1]
score:
  metrics: [clip_i, clip_t, leak, other_prompts]
  other_prompts: [a photo of a cat, a dog on a yellow background, a red apple on a green background, a house on grass]
`;

const head = (name, subjects) => `name: ${name}
model: pocket
subjects:
  cat-face:
    instance_data_dir: ${JSON.stringify(`${subjects}/cat-face`)}
    held_out_dir: ${JSON.stringify(`${subjects}/held-out/cat-face`)}
    instance_prompt: a photo of a moji cat
    class_prompt: a photo of a cat
`;

const list = values => `[${values.join(', ')}]`;
const scaled = (steps, scale) => [...new Set(steps.map(step => Math.max(1, Math.round(step * scale))))];

export const LOWEST_RATE = 3e-6;

/** From a rate that teaches nothing to one that ruins the model. */
export const ratesSweep = ({ seeds, scale, subjects }) => ({
  name: 'effects-rates',
  text: `${head('effects-rates', subjects)}train:
  learning_rate: [${LOWEST_RATE}, 5e-5, 2e-4, 5e-4, 1e-3]
  max_train_steps: ${list(scaled([50, 200, 400], scale))}
  train_text_encoder: true
  train_batch_size: 2
  seed: ${list(seeds)}
${sample(scale)}`,
});

/** The best rate, with and without prior preservation and the text encoder. */
export const partsSweep = ({ seeds, scale, subjects }) => ({
  name: 'effects-parts',
  text: `${head('effects-parts', subjects)}train:
  learning_rate: 5e-5
  max_train_steps: ${list(scaled([200, 400], scale))}
  with_prior_preservation: [false, true]
  num_class_images: ${Math.max(4, Math.round(40 * scale))}
  train_text_encoder: [false, true]
  train_batch_size: 2
  seed: ${list(seeds)}
${sample(scale)}`,
});

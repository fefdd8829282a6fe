/** What options are called elsewhere, normalised, and which of ours may be meant. */
const ELSEWHERE: Record<string, readonly string[]> = {
  lr: ['learning_rate'],
  steps: ['max_train_steps', 'num_inference_steps'],
  train_steps: ['max_train_steps'],
  iterations: ['max_train_steps'],
  inference_steps: ['num_inference_steps'],
  epochs: ['num_train_epochs'],
  batch: ['train_batch_size'],
  batch_size: ['train_batch_size'],
  bs: ['train_batch_size'],
  prior: ['with_prior_preservation'],
  prior_preservation: ['with_prior_preservation'],
  class_images: ['num_class_images'],
  text_encoder: ['train_text_encoder'],
  ema: ['use_ema'],
  warmup: ['lr_warmup_steps'],
  warmup_steps: ['lr_warmup_steps'],
  accumulation: ['gradient_accumulation_steps'],
  images: ['instance_data_dir'],
  photos: ['instance_data_dir'],
  cfg: ['guidance_scale'],
  cfg_scale: ['guidance_scale'],
  guidance: ['guidance_scale'],
  sampler: ['scheduler'],
};

/**
 * The known word that is meant by another name, else the one nearest to a mistyped one, or null when none is near enough to be
 * meant (a third of its letters wrong). Distance: Damerau-Levenshtein in its restricted form, so that swapped neighbours count once.
 */
export function suggest(word: string, known: readonly string[]): string | null {
  if (word.length > 64) return null;
  const own = Object.hasOwn(ELSEWHERE, normalise(word)) ? ELSEWHERE[normalise(word)] : undefined;
  const meant = own?.find(name => known.includes(name));
  if (meant !== undefined) return meant;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(normalise(word), normalise(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `learningRate`, `learning-rate` and `Learning_Rate` are all near to `learning_rate`. */
const normalise = (word: string): string =>
  word
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_');

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, substitution);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforePrevious, j - 2) + 1);
      row.push(cost);
    }
    beforePrevious = previous;
    previous = row;
  }
  return at(previous, b.length);
}

const at = (row: readonly number[], j: number): number => row[j] ?? Number.POSITIVE_INFINITY;

/** The loss of a batch, and how it changes with each cosine (times the scale): what the backward pass begins with. */
export interface ContrastiveLoss {
  loss: number;
  /** dLoss / dLogit, [B, B]: pictures in rows, texts in columns. */
  gradient: Float32Array;
}

/**
 * CLIP's symmetric cross entropy (Radford et al. 2021, figure 3), with one change: where captions of a batch are equal,
 * all their pictures are right answers, in equal parts.
 *
 * @param logits cosines times the scale, [B, B]: pictures in rows, texts in columns
 * @param captions B of them
 */
export function contrastiveLoss(logits: Float32Array, captions: readonly string[]): ContrastiveLoss {
  const count = captions.length;
  const twins = new Map<string, number>();
  for (const caption of captions) twins.set(caption, (twins.get(caption) ?? 0) + 1);

  const gradient = new Float32Array(count * count);
  let loss = 0;
  // Once along rows (which text to this picture?), once along columns.
  for (const [outer, inner] of [
    [count, 1],
    [1, count],
  ] as const) {
    for (let i = 0; i < count; i++) {
      const at = (j: number): number => i * outer + j * inner;
      let max = -Infinity;
      for (let j = 0; j < count; j++) max = Math.max(max, logits[at(j)] ?? 0);
      let sum = 0;
      for (let j = 0; j < count; j++) sum += Math.exp((logits[at(j)] ?? 0) - max);
      const right = 1 / (twins.get(captions[i] ?? '') ?? 1);
      for (let j = 0; j < count; j++) {
        const logit = (logits[at(j)] ?? 0) - max;
        const target = captions[j] === captions[i] ? right : 0;
        loss += (target * (Math.log(sum) - logit)) / (2 * count);
        gradient[at(j)] = (gradient[at(j)] ?? 0) + (Math.exp(logit) / sum - target) / (2 * count);
      }
    }
  }
  return { loss, gradient };
}

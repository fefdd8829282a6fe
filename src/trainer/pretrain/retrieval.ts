/**
 * Recall at 1 both ways: the share of pictures whose nearest text is their own caption, and of texts whose nearest
 * picture is theirs. Equal captions are one and the same answer.
 *
 * @param images embeddings of length 1; `texts` and `captions` in the same order
 */
export function retrieval(
  images: readonly (readonly number[])[],
  texts: readonly (readonly number[])[],
  captions: readonly string[],
): { imageToText: number; textToImage: number } {
  const right = (from: readonly (readonly number[])[], to: readonly (readonly number[])[]): number =>
    from.filter((vector, i) => captions[nearest(vector, to)] === captions[i]).length / from.length;
  return { imageToText: right(images, texts), textToImage: right(texts, images) };
}

function nearest(vector: readonly number[], others: readonly (readonly number[])[]): number {
  let best = 0;
  let most = -Infinity;
  others.forEach((other, index) => {
    const cosine = vector.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
    if (cosine > most) [best, most] = [index, cosine];
  });
  return best;
}

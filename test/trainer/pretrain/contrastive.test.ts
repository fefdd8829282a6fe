import { describe, expect, it } from 'vitest';
import { contrastiveLoss } from '../../../src/trainer/pretrain/contrastive.ts';
import { retrieval } from '../../../src/trainer/pretrain/retrieval.ts';

const logits = new Float32Array([3, 1, -2, 0.5, 2, 1, 0, -1, 4]);

describe('the contrastive loss', () => {
  it('is the mean of both cross entropies', () => {
    const ofRow = (row: number[], i: number): number =>
      Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - (row[i] ?? 0);
    const rows = [0, 1, 2].map(i => ofRow([...logits.subarray(3 * i, 3 * i + 3)], i));
    const columns = [0, 1, 2].map(i => ofRow([logits[i] ?? 0, logits[i + 3] ?? 0, logits[i + 6] ?? 0], i));
    const expected = [...rows, ...columns].reduce((a, b) => a + b) / 6;
    expect(contrastiveLoss(logits, ['a', 'b', 'c']).loss).toBeCloseTo(expected, 6);
  });

  it('has the gradient of finite differences, with equal captions, too', () => {
    for (const captions of [
      ['a', 'b', 'c'],
      ['a', 'b', 'a'],
    ]) {
      const { gradient } = contrastiveLoss(logits, captions);
      for (const [i, value] of gradient.entries()) {
        const moved = (by: number): number => {
          const copy = Float32Array.from(logits);
          copy[i] = (copy[i] ?? 0) + by;
          return contrastiveLoss(copy, captions).loss;
        };
        expect(value).toBeCloseTo((moved(2 ** -7) - moved(-(2 ** -7))) / 2 ** -6, 4);
      }
    }
  });

  it('does not break on extreme values', () => {
    expect(contrastiveLoss(new Float32Array([500, -500, -500, 500]), ['a', 'b']).loss).toBeCloseTo(0, 9);
  });
});

describe('retrieval', () => {
  it('counts the nearest, and takes equal captions for one', () => {
    const images = [
      [1, 0],
      [0, 1],
      [0.8, 0.6],
    ];
    const texts = [
      [0.9, 0.1],
      [0, 1],
      [1, 0],
    ];
    // The first picture takes the third text, and the third text the first picture.
    expect(retrieval(images, texts, ['x', 'y', 'z'])).toEqual({ imageToText: 2 / 3, textToImage: 2 / 3 });
    expect(retrieval(images, texts, ['x', 'y', 'x'])).toEqual({ imageToText: 1, textToImage: 1 });
  });
});

import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/core/hash.ts';
import { Dice } from '../../../src/core/random/dice.ts';
import { KNOWN_NAMES } from '../../../src/trainer/pretrain/names.ts';
import { drawScene, type Scene } from '../../../src/trainer/pretrain/scene.ts';
import { things } from './things.ts';

const draw = (seed: number, count: number, options = {}): Scene[] => {
  const dice = new Dice(seed);
  return Array.from({ length: count }, () => drawScene(dice, things, { size: 64, ...options }));
};
const scenes = draw(1, 400);

describe('composed pictures', () => {
  it('are the same for the same seed, and others for another', () => {
    const digest = (list: Scene[]): string => sha256Hex(list.map(s => s.caption + [...s.image.data]).join());
    expect(digest(draw(7, 5))).toBe(digest(draw(7, 5)));
    expect(digest(draw(7, 5))).not.toBe(digest(draw(8, 5)));
  });

  it('have captions of the grammar that name what is there', () => {
    const grammar =
      /^(a photo of |a picture of )?an? ((small|big) )?((sks|zwx) )?(apple|box|pea|tile)( and an? ((sks|zwx) )?(apple|box|pea|tile)| in the middle| on the left| on the right| at the top| at the bottom)?((,| on an?) .* ?background( with \w+ dots)?| on grass| in the sky| at night)?$/;
    expect(scenes.map(({ caption }) => caption).filter(caption => !grammar.test(caption))).toEqual([]);
    for (const word of ['sks', ' and ', 'on the left', 'grass', 'striped', 'small', 'dots', 'night']) {
      expect(scenes.some(({ caption }) => caption.includes(word))).toBe(true);
    }
  });

  it('put a thing where the caption says', () => {
    const centre = ({ image: { data } }: Scene): number => {
      let [sum, count] = [0, 0];
      for (let i = 0; i < 64 * 64; i++) {
        if ((data[3 * i] ?? 0) < 200 || (data[3 * i + 1] ?? 0) > 60) continue;
        sum += i % 64;
        count += 1;
      }
      return sum / count;
    };
    const red = things.slice(0, 1);
    const dice = new Dice(3);
    let seen = 0;
    while (seen < 12) {
      const scene = drawScene(dice, red, { size: 64, pairs: 0 });
      if (!/on a (white|grey|teal|black|green|blue) background/.test(scene.caption)) continue;
      const left = scene.caption.includes('on the left');
      if (!left && !scene.caption.includes('on the right')) continue;
      seen += 1;
      expect(centre(scene) < 32).toBe(left);
    }
  });

  it('grow with their size', () => {
    const { image } = drawScene(new Dice(5), things, { size: 128 });
    expect(image.data.length).toBe(128 * 128 * 3);
  });
});

describe('the names', () => {
  it('are about 120, without those of the held-out subjects', () => {
    const names = KNOWN_NAMES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(110);
    expect(names.filter(name => /taxi|teddy|with .*cat|grinning cat|first quarter/.test(name))).toEqual([]);
  });
});

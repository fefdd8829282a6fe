import { expect, it } from 'vitest';
import { classImageFile, classImageSeed, classImagesStage } from '../../src/stages/classImages.ts';

const sampler = {
  scheduler: 'pndm' as const,
  numInferenceSteps: 50,
  guidanceScale: 7.5,
  negativePrompt: '',
  width: 64,
  height: 64,
};

it('seeds every picture differently, and always the same', () => {
  const seeds = Array.from({ length: 2000 }, (_, i) => classImageSeed(Math.floor(i / 1000), i % 1000));
  expect(new Set(seeds).size).toBe(2000);
  expect(seeds.every(seed => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
  // On record: pictures that exist must keep their seeds.
  expect([classImageSeed(0, 0), classImageSeed(0, 1), classImageSeed(7, 0)]).toMatchInlineSnapshot(`
    [
      78284051555200,
      132293847770889,
      160052137628606,
    ]
  `);
});

it('names pictures so that their order by bytes is their order', () => {
  const names = [0, 9, 10, 99, 100, 12345].map(classImageFile);
  expect(names).toEqual(names.toSorted());
  expect(names[1]).toBe('000009.png');
});

it('has a key of its own for every block, on record', () => {
  const block = (start: number) =>
    classImagesStage({ model: 'm', classPrompt: 'a cat', classSeed: 0, start, sampler });
  expect(block(0).key).not.toBe(block(20).key);
  expect(block(20).label).toBe('class images 20-39 of "a cat"');
  // A change here makes every user's class images anew: raise the kind's semantics on purpose, never by accident.
  expect(block(0).key).toMatchInlineSnapshot(
    `"fee2eed72a9259cffd96074ea2d47eed468922cbb92a367731f038bcc60114e0"`,
  );
});

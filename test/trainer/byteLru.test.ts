import { expect, it } from 'vitest';
import { ByteLru } from '../../src/trainer/byteLru.ts';

it('forgets what was not used for longest, and never holds more than its bound', async () => {
  const made: string[] = [];
  const cache = new ByteLru<Uint8Array>(10, value => value.byteLength);
  const get = (key: string, bytes: number) =>
    cache.getOrMake(key, async () => {
      made.push(key);
      return new Uint8Array(bytes);
    });
  await get('a', 4);
  await get('b', 4);
  await get('a', 4);
  await get('c', 4); // b goes
  expect(cache.bytes).toBe(8);
  await get('a', 4);
  await get('b', 4);
  await get('huge', 11); // made, not kept, and nothing is lost for it
  await get('a', 4);
  await get('huge', 11);
  expect(made).toEqual(['a', 'b', 'c', 'b', 'huge', 'huge']);
  expect(cache.bytes).toBeLessThanOrEqual(10);
});

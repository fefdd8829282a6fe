import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodePng, type RgbImage, readImage, writePng } from '../../../src/diffusion/images/index.ts';
import { tempDir } from '../../support/tmp.ts';
import { randomImage } from './randomImage.ts';

const SOURCES = fileURLToPath(new URL('../../golden/images/sources/', import.meta.url));

async function save(name: string, data: string | Uint8Array): Promise<string> {
  const path = join(tempDir(), name);
  await writeFile(path, data);
  return path;
}

const raw = ({ width, height, data }: RgbImage): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 } });

/** One YCbCr pixel, uncompressed, in the byte order `II` or `MM`; sharp writes none. */
function ycbcrTiff(order: 'II' | 'MM'): Buffer {
  const entries = [
    [256, 3, 1, 1],
    [257, 3, 1, 1],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 6],
    [273, 4, 1, 8],
    [277, 3, 1, 3],
    [278, 3, 1, 1],
    [279, 4, 1, 3],
  ];
  const little = order === 'II';
  const u16 = (value: number): number[] => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
  const u32 = (value: number): number[] => (little ? [...u16(value), 0, 0] : [0, 0, ...u16(value)]);
  const fields = entries.flatMap(([tag = 0, type = 0, count = 0, value = 0]) => [
    ...u16(tag),
    ...u16(type),
    ...u32(count),
    ...(type === 3 ? [...u16(value), 0, 0] : u32(value)),
  ]);
  const pixel = [100, 200, 50, 0];
  return Buffer.from([
    ...Buffer.from(order),
    ...u16(42),
    ...u32(12),
    ...pixel,
    ...u16(entries.length),
    ...fields,
    ...u32(0),
  ]);
}

/** Red, green / blue, white / black, yellow: every turn of it is different. */
const FLAG: RgbImage = {
  width: 2,
  height: 3,
  data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 255, 0),
};

/** Names of the pixels, row by row. */
function pixels({ width, data }: RgbImage): string[] {
  const names: Record<string, string> = {
    '255,0,0': 'R',
    '0,255,0': 'G',
    '0,0,255': 'B',
    '255,255,255': 'W',
    '0,0,0': 'K',
    '255,255,0': 'Y',
  };
  const all = Array.from(
    { length: data.length / 3 },
    (_, i) => names[data.slice(3 * i, 3 * i + 3).join()] ?? '?',
  );
  return Array.from({ length: all.length / width }, (_, y) => all.slice(y * width, (y + 1) * width).join(''));
}

describe('EXIF orientation', () => {
  it.each([
    [1, ['RG', 'BW', 'KY']],
    [2, ['GR', 'WB', 'YK']],
    [3, ['YK', 'WB', 'GR']],
    [4, ['KY', 'BW', 'RG']],
    [5, ['RBK', 'GWY']],
    [6, ['KBR', 'YWG']],
    [7, ['YWG', 'KBR']],
    [8, ['GWY', 'RBK']],
  ])('%i', async (orientation, expected) => {
    const png = await raw(FLAG).withMetadata({ orientation }).png().toBuffer();
    expect(pixels(await readImage(await save('turned.png', png)))).toEqual(expected);
  });
});

describe('sizes', () => {
  it('reads one pixel', async () => {
    const path = await save(
      'one.png',
      await encodePng({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) }),
    );
    expect(await readImage(path)).toEqual({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) });
  });

  it('reads a side of 20,000 pixels', async () => {
    const path = await save('long.png', await encodePng({ ...randomImage(20_000, 2, 1) }));
    expect(await readImage(path)).toEqual(randomImage(20_000, 2, 1));
  });

  it('refuses a decompression bomb before it decodes it', async () => {
    const png = Buffer.from(await encodePng(randomImage(2, 2, 1)));
    png.writeUInt32BE(20_000, 16);
    png.writeUInt32BE(20_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await expect(readImage(await save('bomb.png', png))).rejects.toThrow(
      /bomb\.png: the picture has too many pixels; expected .* at most 178,956,970 pixels, got 20000 x 20000/,
    );
  });
});

describe('files that are no picture', () => {
  it.each([
    ['empty.jpg', '', 'got an empty file'],
    ['notes.jpg', 'dear diary, no picture today', 'got text'],
    ['page.png', '<!doctype html><html></html>', 'got HTML, XML or SVG text'],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'got HTML, XML or SVG text'],
    ['old.bmp', 'BM......................', 'got a BMP picture'],
    ['phone.heic', '\0\0\0\x18ftypheic\0\0\0\0', 'got a HEIC picture'],
    ['clip.mp4', '\0\0\0\x18ftypmp42\0\0\0\0', 'got a video'],
    ['data.bin', '\x01\x02\x03\x04\x05', 'got unknown content (0102030405...)'],
  ])('%s', async (name, content, got) => {
    const path = await save(name, content);
    await expect(readImage(path)).rejects.toMatchObject({ code: 'E_IMAGE', place: path });
    await expect(readImage(path)).rejects.toThrow(got);
  });

  it.each(['photo.jpg', 'rgb.png', 'lossless.webp', 'palette.gif'])('%s cut in half', async name => {
    const whole = await readFile(SOURCES + name);
    const path = await save(name, whole.subarray(0, whole.length / 2));
    await expect(readImage(path)).rejects.toMatchObject({ code: 'E_IMAGE', place: path });
    await expect(readImage(path)).rejects.toThrow(
      /the picture is damaged; got a \w+ file that ends too early/,
    );
  });

  it('a missing file, a folder', async () => {
    const dir = tempDir();
    await expect(readImage(join(dir, 'no.png'))).rejects.toThrow(
      expect.objectContaining({ code: 'E_MISSING', what: 'no such file or folder' }),
    );
    await expect(readImage(dir)).rejects.toThrow(expect.objectContaining({ code: 'E_MISSING' }));
  });
});

describe('kinds of pictures', () => {
  it('takes the first frame of an animation', async () => {
    const [a, b] = [randomImage(8, 6, 1), randomImage(8, 6, 2)];
    const frames = { width: 8, height: 12, data: Uint8Array.from([...a.data, ...b.data]) };
    const webp = await sharp(frames.data, { raw: { width: 8, height: 12, channels: 3, pageHeight: 6 } })
      .webp({ lossless: true, loop: 0, delay: [10, 10] })
      .toBuffer();
    expect((await sharp(webp).metadata()).pages).toBe(2);
    expect(await readImage(await save('two.webp', webp))).toEqual(a);
  });

  it('drops alpha without blending', async () => {
    const rgba = Uint8Array.of(10, 20, 30, 0, 200, 100, 50, 128);
    const png = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    const { data } = await readImage(await save('alpha.png', png));
    expect([...data]).toEqual([10, 20, 30, 200, 100, 50]);
  });

  it('reads every picture the same twice', async () => {
    const path = `${SOURCES}photo.jpg`;
    expect(await readImage(path)).toEqual(await readImage(path));
  });
});

describe('writePng', () => {
  it('gives back the same pixels, and the same bytes each time', async () => {
    const image = randomImage(31, 17, 5);
    const [a, b] = [join(tempDir(), 'new', 'a.png'), join(tempDir(), 'b.png')];
    await writePng(a, image);
    await writePng(b, image);
    expect(await readImage(a)).toEqual(image);
    expect((await readFile(a)).equals(await readFile(b))).toBe(true);
  });
});

/** CRC-32 of PNG chunks (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

describe('TIFF of YCbCr values', () => {
  it.each(['II', 'MM'] as const)('without JPEG compression is refused by name (%s)', async order => {
    const path = await save('photo.tif', ycbcrTiff(order));
    await expect(readImage(path)).rejects.toMatchObject({
      code: 'E_IMAGE',
      place: path,
      got: expect.stringContaining('YCbCr'),
    });
  });

  it('with JPEG compression is read', async () => {
    const grey: RgbImage = { width: 8, height: 8, data: new Uint8Array(192).fill(120) };
    const path = await save('photo.tif', await raw(grey).tiff({ compression: 'jpeg' }).toBuffer());
    const { width, data } = await readImage(path);
    expect(width).toBe(8);
    expect(Math.max(...data.map(value => Math.abs(value - 120)))).toBeLessThan(4);
  });
});

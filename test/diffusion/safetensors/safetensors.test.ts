import { ftruncateSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { SweetspotError } from '../../../src/core/errors.ts';
import { SafetensorsFile } from '../../../src/diffusion/safetensors/safetensorsFile.ts';
import { type TensorToWrite, writeSafetensors } from '../../../src/diffusion/safetensors/writeSafetensors.ts';
import { tempDir } from '../../support/tmp.ts';

function open(path: string): SafetensorsFile {
  const file = SafetensorsFile.open(path);
  onTestFinished(() => file.close());
  return file;
}

function fileOf(header: unknown, dataBytes: number | Uint8Array = 0): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, typeof dataBytes === 'number' ? Buffer.alloc(dataBytes) : dataBytes]);
}

const one = (dtype: string, shape: unknown, offsets: unknown): Record<string, unknown> => ({
  dtype,
  shape,
  data_offsets: offsets,
});

test('random tensors come back as they were written, F32 to the bit', async () => {
  const dir = tempDir();
  const tensor = fc
    .tuple(
      fc.array(fc.nat(4), { maxLength: 4 }),
      fc.constantFrom('F32', 'F16'),
      fc.infiniteStream(fc.float()),
    )
    .map(([shape, dtype, stream]) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const values = Float32Array.from({ length: count }, () => stream.next().value);
      if (dtype === 'F16')
        for (let i = 0; i < count; i++) values[i] = Math.round(((values[i] ?? 0) % 100) * 8) / 8;
      return { shape, dtype, data: values };
    });
  const tensors = fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter(name => name !== '__metadata__'),
    tensor,
    { noNullPrototype: true, maxKeys: 6 },
  );
  await fc.assert(
    fc.asyncProperty(
      tensors,
      fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
      async (made, metadata) => {
        const path = join(dir, 'x.safetensors');
        const list = Object.entries(made).map(
          ([name, t]) => ({ name, ...t }) as TensorToWrite & { data: Float32Array },
        );
        await writeSafetensors(path, list, metadata);
        const file = SafetensorsFile.open(path);
        try {
          expect([...file.entries.keys()].sort()).toEqual(Object.keys(made).sort());
          expect(file.metadata).toEqual(metadata);
          for (const { name, shape, dtype, data } of list) {
            expect(file.entries.get(name)).toMatchObject({ shape, dtype });
            const back = file.read(name);
            const same = back.every((v, i) => Object.is(v, data[i]) || (dtype === 'F16' && v === data[i]));
            expect(same && back.length === data.length).toBe(true);
          }
        } finally {
          file.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a damaged file is refused by a SweetspotError or read; nothing else ever happens', async () => {
  const path = join(tempDir(), 'x.safetensors');
  await writeSafetensors(
    path,
    [
      { name: 'a', shape: [3, 2], dtype: 'F32', data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'b.c', shape: [4], dtype: 'F16', data: Float32Array.of(1, 2, 3, 4) },
    ],
    { format: 'pt' },
  );
  const good = readFileSync(path);
  const damage = fc.oneof(
    fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) }).map(({ at, byte }) => {
      const bytes = Buffer.from(good);
      bytes[at] = byte;
      return bytes;
    }),
    fc.nat(good.length).map(length => good.subarray(0, length)),
    fc.uint8Array({ maxLength: 40 }).map(more => Buffer.concat([good, more])),
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    fc.json().map(json => fileOf(json, 16)),
    // A header of the right form with any numbers in it.
    fc
      .record({
        dtype: fc.constantFrom('F32', 'F16', 'I64', 'F4', 7),
        shape: fc.array(fc.oneof(fc.nat(4), fc.integer(), fc.double())),
        data_offsets: fc.array(fc.oneof(fc.nat(32), fc.maxSafeInteger()), { maxLength: 3 }),
      })
      .map(entry => fileOf({ a: entry }, 16)),
  );
  let refused = 0;
  fc.assert(
    fc.property(damage, bytes => {
      writeFileSync(path, bytes);
      try {
        const file = SafetensorsFile.open(path);
        try {
          for (const name of file.entries.keys()) file.read(name);
        } finally {
          file.close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SweetspotError);
        expect(error).toMatchObject({ code: 'E_SAFETENSORS' });
        expect(String(error)).not.toContain('\n');
        refused++;
      }
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(200);
});

const LIES: [what: string, bytes: Buffer, message: string][] = [
  ['empty file', Buffer.alloc(0), 'cut off before its header; expected 8 bytes at least, got 0'],
  ['header cut off', fileOf({ a: one('F32', [1], [0, 4]) }, 4).subarray(0, 30), 'cut off within its header'],
  ['huge length', Buffer.alloc(16, 0xff), 'the header is too long; expected 25000000 bytes at most'],
  ['no JSON', fileOf('{"a": '), 'the header is not JSON'],
  ['no UTF-8', rawHeader([0x7b, 0xff, 0x7d]), 'not UTF-8'],
  ['an array', fileOf([]), 'the header is no JSON object'],
  ['deep nesting', fileOf('['.repeat(100_000)), 'nested too deep'],
  ['duplicate tensor', fileOf(`{"a":${entryText(0)},"a":${entryText(4)}}`, 8), 'names a key twice; got a'],
  [
    'duplicate, escaped',
    fileOf(`{"a":${entryText(0)},"\\u0061" :${entryText(4)}}`, 8),
    'names a key twice; got a',
  ],
  [
    'duplicate inside',
    fileOf('{"a":{"dtype":"F32","dtype":"F16","shape":[],"data_offsets":[0,4]}}', 4),
    'key twice; got dtype',
  ],
  ['entry is no object', fileOf({ a: 3 }), ': a: not a tensor entry'],
  ['unknown dtype', fileOf({ a: one('F5', [1], [0, 4]) }, 4), ': a: unknown dtype; expected BOOL'],
  [
    'negative dimension',
    fileOf({ a: one('F32', [-1], [0, 4]) }, 4),
    'bad shape; expected a list of whole numbers, 0 or more, got [-1]',
  ],
  ['fractional dimension', fileOf({ a: one('F32', [0.5], [0, 2]) }, 2), 'bad shape'],
  ['overflowing shape', fileOf({ a: one('F32', [2 ** 52, 2 ** 52], [0, 4]) }, 4), 'does not fit its data'],
  ['bad offsets', fileOf({ a: one('F32', [1], [0]) }, 4), 'bad data_offsets'],
  [
    'backward offsets',
    fileOf({ a: one('F32', [1], [4, 0]) }, 4),
    'lie outside the file; expected a range within 0 to 4, got [4,0]',
  ],
  ['offset out of range', fileOf({ a: one('F32', [2], [0, 8]) }, 4), 'lie outside the file'],
  [
    'wrong byte count',
    fileOf({ a: one('F32', [3], [0, 8]) }, 8),
    'F32 [3] does not fit its data; expected 12 bytes, got 8',
  ],
  [
    'overlap',
    fileOf({ a: one('F32', [2], [0, 8]), b: one('F32', [2], [4, 12]) }, 12),
    ': b: its data overlaps a',
  ],
  [
    'gap',
    fileOf({ a: one('F32', [1], [0, 4]), b: one('F32', [1], [8, 12]) }, 12),
    'unused bytes between a and its data',
  ],
  ['gap at the start', fileOf({ a: one('F32', [1], [4, 8]) }, 8), 'unused bytes between the header'],
  ['rest', fileOf({ a: one('F32', [1], [0, 4]) }, 5), 'bytes after the last tensor'],
  ['metadata no strings', fileOf({ __metadata__: { a: 1 } }), 'bad __metadata__'],
  ['a name with control characters', fileOf({ 'x\u001b[2J\n': 3 }), ': "x\\u001b[2J\\n": not a tensor entry'],
];

function entryText(begin: number): string {
  return JSON.stringify(one('F32', [1], [begin, begin + 4]));
}

function rawHeader(bytes: number[]): Buffer {
  const file = fileOf(' '.repeat(bytes.length));
  file.set(bytes, 8);
  return file;
}

test.each(LIES)('refuses: %s', (_, bytes, message) => {
  const path = join(tempDir(), 'x.safetensors');
  writeFileSync(path, bytes);
  let error: unknown;
  try {
    SafetensorsFile.open(path).close();
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code: 'E_SAFETENSORS', exitCode: 2 });
  expect(String(error)).toContain(message);
  expect(String(error)).toContain(path);
});

test('a missing file and a folder are E_MISSING', () => {
  const dir = tempDir();
  expect(() => SafetensorsFile.open(join(dir, 'no'))).toThrow(expect.objectContaining({ code: 'E_MISSING' }));
  expect(() => SafetensorsFile.open(dir)).toThrow(expect.objectContaining({ code: 'E_MISSING' }));
});

test('reads F16 and BF16 widened, at any alignment; keeps integers listed but not readable as weights', () => {
  const path = join(tempDir(), 'x.safetensors');
  const data = Buffer.alloc(1 + 4 + 4 + 8);
  data.set([0x00, 0x3c, 0x00, 0xc0], 1); // F16: 1, -2
  data.set([0x80, 0x3f, 0x49, 0xc0], 5); // BF16: 1, -3.140625
  const header = {
    odd: one('U8', [1], [0, 1]),
    half: one('F16', [2], [1, 5]),
    brain: one('BF16', [2, 1], [5, 9]),
    ids: one('I64', [], [9, 17]),
  };
  writeFileSync(path, fileOf(`${JSON.stringify(header)}   `, data));
  const file = open(path);
  expect([...file.read('half')]).toEqual([1, -2]);
  expect([...file.read('brain')]).toEqual([1, -3.140625]);
  expect(file.entries.get('ids')).toMatchObject({ dtype: 'I64', shape: [], byteLength: 8 });
  expect(() => file.read('ids')).toThrow(
    'ids: cannot be read as weights; expected dtype F32, F16 or BF16, got I64',
  );
  expect(() => file.read('none')).toThrow('none: no such tensor');
});

test('reads beyond 4 GiB without reading what lies before', () => {
  const path = join(tempDir(), 'x.safetensors');
  const big = 5 * 2 ** 30;
  const head = fileOf({ big: one('U8', [big], [0, big]), last: one('F32', [2], [big, big + 8]) });
  const descriptor = openSync(path, 'w'); // sparse: takes a few kB of disk
  writeSync(descriptor, head);
  ftruncateSync(descriptor, head.length + big + 8);
  writeSync(descriptor, Float32Array.of(1.5, -2.5), 0, 8, head.length + big);
  expect([...open(path).read('last')]).toEqual([1.5, -2.5]);
});

test('the bytes are those of the format: length, padded header, wide tensors first, then names', async () => {
  const path = join(tempDir(), 'x.safetensors');
  const tensor = (name: string, dtype: 'F32' | 'F16'): TensorToWrite => ({
    name,
    dtype,
    shape: [1],
    data: () => Float32Array.of(1),
  });
  await writeSafetensors(path, [tensor('c', 'F16'), tensor('b', 'F32'), tensor('a', 'F32')], {
    format: 'pt',
  });
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  expect(length % 8).toBe(0);
  expect(
    bytes
      .subarray(8, 8 + length)
      .toString()
      .trimEnd(),
  ).toBe(
    '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
      '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"c":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}}',
  );
  expect(bytes.subarray(8 + length).toString('hex')).toBe('0000803f0000803f003c');
});

test('a writer that fails leaves the old file and nothing else', async () => {
  const dir = tempDir();
  const path = join(dir, 'x.safetensors');
  const data = Float32Array.of(1);
  await writeSafetensors(path, [{ name: 'a', shape: [1], dtype: 'F32', data }]);
  const old = readFileSync(path);
  const failing: TensorToWrite[][] = [
    [{ name: 'a', shape: [2], dtype: 'F32', data }],
    [
      { name: 'a', shape: [1], dtype: 'F32', data },
      { name: 'a', shape: [1], dtype: 'F16', data },
    ],
    [
      { name: 'a', shape: [1], dtype: 'F32', data },
      { name: 'b', shape: [2], dtype: 'F16', data: Float32Array.of(0, 1e6) },
    ],
  ];
  const messages = ['wrong number of values', 'used twice', 'b[1]: value is too large for half precision'];
  for (const [i, tensors] of failing.entries()) {
    await expect(writeSafetensors(path, tensors)).rejects.toThrow(messages[i]);
  }
  expect(readFileSync(path)).toEqual(old);
  expect(readdirSync(dir)).toEqual(['x.safetensors']);
});

test('infinities and NaN are written as they are, in both types', async () => {
  const path = join(tempDir(), 'x.safetensors');
  const data = Float32Array.of(Infinity, -Infinity, Number.NaN);
  await writeSafetensors(path, [
    { name: 'f', shape: [3], dtype: 'F32', data },
    { name: 'h', shape: [3], dtype: 'F16', data },
  ]);
  const file = open(path);
  expect([...file.read('f')]).toEqual([...data]);
  expect([...file.read('h')]).toEqual([...data]);
});

test('a closed file is not read', async () => {
  const path = join(tempDir(), 'x.safetensors');
  await writeSafetensors(path, [{ name: 'a', shape: [], dtype: 'F32', data: Float32Array.of(1) }]);
  const file = SafetensorsFile.open(path);
  file.close();
  file.close();
  expect(() => file.read('a')).toThrow('closed');
});

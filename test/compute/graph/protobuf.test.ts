import { describe, expect, it } from 'vitest';
import {
  bytesField,
  concatBytes,
  floatField,
  integerField,
  mapField,
  messageField,
  varint,
} from '../../../src/compute/graph/protobuf.ts';

const hex = (bytes: Uint8Array | number[]): string => Buffer.from(bytes).toString('hex');

// The examples of https://protobuf.dev/programming-guides/encoding/, and what protoc writes for the rest.
describe('protobuf', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [150, '9601'],
    [2 ** 31, '8080808008'],
    [-1, 'ffffffffffffffffff01'],
    [-2, 'feffffffffffffffff01'],
  ])('varint of %d', (value, bytes) => expect(hex(varint(value))).toBe(bytes));

  it('writes fields', () => {
    expect(hex(integerField(1, 150))).toBe('089601');
    expect(hex(integerField(5, true))).toBe('2801');
    expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(bytesField(16, 'ü'))).toBe('820102c3bc');
    expect(hex(floatField(4, 1))).toBe('250000803f');
    expect(hex(messageField(3, [integerField(1, 150)]))).toBe('1a03089601');
  });

  it('writes maps as messages of key and value', () => {
    const entries = mapField(5, [['a', 1] as const, ['b', 2] as const], integerField);
    expect(hex(concatBytes(entries))).toBe('2a050a016110012a050a01621002');
  });
});

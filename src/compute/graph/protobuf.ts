/**
 * The few things of the protocol buffer wire format that writing a SavedModel takes
 * (https://protobuf.dev/programming-guides/encoding/). A field is made of its number and value; a message is its fields
 * one behind the other.
 */
export type Field = Uint8Array;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const utf8 = new TextEncoder();

/** Base 128, least significant group first; negative numbers as 64-bit two's complement. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

const key = (field: number, wireType: number): number[] => varint(field * 8 + wireType);

/** int32, int64, bool and enum fields. */
export const integerField = (field: number, value: number | boolean): Field =>
  Uint8Array.from([...key(field, VARINT), ...varint(Number(value))]);

export function floatField(field: number, value: number): Field {
  const bytes = new Uint8Array(5);
  bytes[0] = field * 8 + FIXED_32;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

/** Strings, bytes, and packed repeated numbers. */
export function bytesField(field: number, value: string | Uint8Array): Field {
  const content = typeof value === 'string' ? utf8.encode(value) : value;
  return concatBytes([
    Uint8Array.from([...key(field, LENGTH_DELIMITED), ...varint(content.length)]),
    content,
  ]);
}

export const messageField = (field: number, fields: readonly Field[]): Field =>
  bytesField(field, concatBytes(fields));

/** A map field: one message of key and value an entry. */
export const mapField = <T>(
  field: number,
  entries: Iterable<readonly [string, T]>,
  valueField: (number: number, value: T) => Field,
): Field[] =>
  Array.from(entries, ([name, value]) => messageField(field, [bytesField(1, name), valueField(2, value)]));

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

import { crc32, deflateRawSync } from 'node:zlib';

interface ZipEntry {
  name: string;
  data: string;
  packed?: boolean;
  executable?: boolean;
}

/** A zip file as wheels are: local headers with the data, a directory, an end record. */
export function zipFile(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, packed = true, executable = false } of entries) {
    const content = Buffer.from(data);
    const body = packed ? deflateRawSync(content) : content;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    const common = (to: Buffer, at: number): void => {
      to.writeUInt16LE(packed ? 8 : 0, at);
      to.writeUInt32LE(crc32(content), at + 6);
      to.writeUInt32LE(body.length, at + 10);
      to.writeUInt32LE(content.length, at + 14);
      to.writeUInt16LE(Buffer.byteLength(name), at + 18);
    };
    common(local, 8);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    common(central, 10);
    central.writeUInt32LE(((executable ? 0o100755 : 0o100644) << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), body);
    directory.push(central, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + body.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listed, end]);
}

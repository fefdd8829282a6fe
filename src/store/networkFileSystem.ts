import { statfsSync } from 'node:fs';

/** f_type of statfs(2) on Linux, from linux/magic.h and the file systems' own headers. */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x7461636f, 'OCFS2'],
]);

/**
 * The name of the network file system that a folder lies on; undefined on a local one, where it cannot be told, or
 * where the system does not number its file systems as Linux does. Write-ahead logging and file locks, on which the
 * store rests, need one machine's memory and kernel (sqlite.org/wal.html, "Disadvantages").
 *
 * @param typeOf f_type of a path
 */
export function networkFileSystem(
  path: string,
  typeOf: (path: string) => number = typeOfFileSystem,
): string | undefined {
  try {
    return NETWORK_TYPES.get(typeOf(path) >>> 0);
  } catch {
    return undefined;
  }
}

const typeOfFileSystem = (path: string): number => (process.platform === 'linux' ? statfsSync(path).type : 0);

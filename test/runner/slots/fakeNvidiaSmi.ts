import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

/** What `nvidia-smi --query-gpu=index,uuid,name,memory.total,memory.used --format=csv,noheader,nounits` prints. */
export const FOUR_GPUS = [0, 1, 2, 3]
  .map(index => {
    const uuid = `GPU-${index === 3 ? '33333333' : '11111111'}-aaaa-bbbb-cccc-00000000000${index}`;
    return `${index}, ${uuid}, NVIDIA A100-SXM4-40GB, 40960, ${index === 2 ? 30000 : 3}`;
  })
  .join('\n');

/** Puts a program `nvidia-smi` first on the PATH that prints what `tell` was given last. */
export function fakeNvidiaSmi(dir: string, text: string): { tell(text: string): void } {
  const bin = join(dir, 'bin');
  const answer = join(dir, 'gpus.csv');
  mkdirSync(bin);
  const program = join(bin, 'nvidia-smi');
  writeFileSync(
    program,
    `#!/bin/sh\ncase "$*" in *index,uuid,name,memory.total,memory.used*) cat ${answer};; *) exit 2;; esac\n`,
  );
  chmodSync(program, 0o755);
  const tell = (now: string): void => writeFileSync(answer, `${now}\n`);
  tell(text);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  return { tell };
}

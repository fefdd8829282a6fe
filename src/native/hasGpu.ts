import { existsSync } from 'node:fs';

/** Device nodes of NVIDIA's driver on Linux, and of WSL 2. */
const NODES = ['/dev/nvidiactl', '/dev/dxg'];

/** Whether an NVIDIA GPU may be used: a driver is there, and CUDA_VISIBLE_DEVICES hides nothing but some of them. */
export function hasGpu(): boolean {
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  const hidden = visible !== undefined && (visible.trim() === '' || visible.trim().startsWith('-1'));
  return !hidden && NODES.some(path => existsSync(path));
}

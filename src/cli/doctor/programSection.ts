import { availableParallelism, totalmem } from 'node:os';
import { counted } from '../../core/counted.ts';
import { formatBytes } from '../../core/formatBytes.ts';
import { TOOL_VERSION } from '../../core/version.ts';
import type { Section } from './section.ts';

/** What runs, and on what. */
export function programSection(): Section {
  const platform = `${process.platform}-${process.arch}`;
  const tested = platform === 'linux-x64';
  return {
    title: 'Program',
    checks: [
      { name: 'sweetspot', state: 'ok', detail: TOOL_VERSION },
      { name: 'node', state: 'ok', detail: process.version },
      { name: 'platform', state: 'ok', detail: tested ? platform : `${platform} (not tested)` },
      {
        name: 'machine',
        state: 'ok',
        detail: `${counted(availableParallelism(), 'core')}, ${formatBytes(totalmem())} of memory`,
      },
    ],
  };
}

// tsc sets no mode bits: mark the bin executable, so that `npx sweetspot` and `npm link` work.
import { chmodSync, existsSync } from 'node:fs';

const bin = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(bin)) chmodSync(bin, 0o755);

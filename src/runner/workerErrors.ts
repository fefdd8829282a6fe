import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What TensorFlow says before it has looked at TF_CPP_MIN_LOG_LEVEL: news of itself, and that this was too early. */
const GREETING = /^(WARNING: All log messages before absl::InitializeLog\(\)|I\d{4} )/;

/** Passes on what a worker prints, line by line, without TensorFlow's greeting, unless the user wants to hear TensorFlow. */
export function passErrors(from: Readable, say: (line: string) => void): void {
  createInterface({ input: from }).on('line', line => {
    if (process.env.TF_CPP_MIN_LOG_LEVEL !== undefined || !GREETING.test(line)) say(line);
  });
}

import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { passErrors } from '../../src/runner/workerErrors.ts';

it('passes on what a worker prints, but not how TensorFlow greets', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  passErrors(stream, line => lines.push(line));
  const own = ['warning: training is computed op by op', 'I am a line', 'terminate called after throwing'];
  const greeting = [
    'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
    'I0000 00:00:1796049134.811533    8951 port.cc:153] oneDNN custom operations are on.',
  ];
  stream.end([own[0], ...greeting, own[1], own[2]].join('\n'));
  await finished(stream);
  await new Promise(setImmediate);
  expect(lines).toEqual(own);
});

import { expect, it, onTestFinished, vi } from 'vitest';
import { gcCommand } from '../../src/cli/gcCommand.ts';
import { runTinySweep } from '../runner/tinySweep.ts';

it('says why it keeps all of a sweep whose settings no score tells apart', async () => {
  const { workspace } = await runTinySweep();
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
  onTestFinished(() => log.mockRestore());
  const preview = (keep: string) =>
    gcCommand.handler({ _: [], $0: '', keep, yes: false, json: false, workspace: workspace.root });
  await preview('best:1');
  await preview('trials');
  expect(lines[0]?.split('\n')[0]).toBe('tiny: no score tells its settings apart, so all of them are kept.');
  expect(lines[1]).not.toContain('no score');
});

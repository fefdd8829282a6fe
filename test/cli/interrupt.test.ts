import { afterEach, expect, it, vi } from 'vitest';
import { onInterrupt } from '../../src/cli/interrupt.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('stops at the first Ctrl-C, takes the one that npm passes on for the same, ends at a later one', () => {
  vi.useFakeTimers();
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const said: string[] = [];
  const interrupt = onInterrupt(message => said.push(message));
  expect(interrupt.signal.aborted).toBe(false);
  process.emit('SIGINT', 'SIGINT');
  expect(interrupt.signal.aborted).toBe(true);
  vi.advanceTimersByTime(20);
  process.emit('SIGINT', 'SIGINT');
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  process.emit('SIGINT', 'SIGINT');
  expect(exit).toHaveBeenCalledWith(130);
  expect(said).toHaveLength(1);
  interrupt.dispose();
});

it('answers SIGTERM with 143', () => {
  const interrupt = onInterrupt(() => undefined);
  expect(interrupt.exitCode()).toBeUndefined();
  process.emit('SIGTERM', 'SIGTERM');
  expect(interrupt.exitCode()).toBe(143);
  interrupt.dispose();
});

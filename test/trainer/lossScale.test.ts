import { expect, it } from 'vitest';
import { LossScale } from '../../src/trainer/lossScale.ts';

it('halves when gradients overflow, and doubles after 2000 updates in a row, as GradScaler does', () => {
  const loss = new LossScale();
  expect(loss.scale).toBe(65536);
  for (let i = 0; i < 1999; i++) loss.succeeded();
  loss.overflowed();
  expect(loss.state).toEqual({ scale: 32768, good: 0, skipped: 1 });
  for (let i = 0; i < 2000; i++) loss.succeeded();
  expect(loss.state).toEqual({ scale: 65536, good: 0, skipped: 1 });
  loss.succeeded();
  const other = new LossScale();
  other.restore(loss.state);
  expect(other.state).toEqual({ scale: 65536, good: 1, skipped: 1 });
});

it('gives up where no scale helps', () => {
  const loss = new LossScale();
  for (let i = 0; i < 32; i++) loss.overflowed();
  expect(() => loss.overflowed()).toThrow(expect.objectContaining({ code: 'E_NOT_FINITE' }));
});

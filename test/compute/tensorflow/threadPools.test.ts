import { expect, it } from 'vitest';
import { threadPools } from '../../../src/compute/tensorflow/threadPools.ts';

it('gives each branch of a graph threads of its own', () => {
  expect(threadPools(1, true)).toEqual({ withinOperation: 1, operations: 1, branches: 1 });
  expect(threadPools(2, true)).toEqual({ withinOperation: 1, operations: 2, branches: 2 });
  expect(threadPools(3, true)).toEqual({ withinOperation: 1, operations: 3, branches: 2 });
  expect(threadPools(8, true)).toEqual({ withinOperation: 4, operations: 8, branches: 2 });
});

it('gives one operation at a time everything', () => {
  expect(threadPools(8, false)).toEqual({ withinOperation: 8, operations: 8, branches: 1 });
});

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { graphFolder } from '../../../src/compute/graph/graphFolder.ts';
import { scalar } from '../../../src/compute/graph/graphNode.ts';
import type { GraphProgram } from '../../../src/compute/graph/graphProgram.ts';
import { ownGraphCache } from './support/native.ts';

const program = (): GraphProgram => ({
  variables: [],
  signatures: new Map([['call', { inputs: new Map(), outputs: new Map([['one', scalar(1)]]), updates: [] }]]),
});

it('keeps a graph that another process has put there in the meantime', () => {
  const cache = ownGraphCache();
  let theirs = '';
  const own = graphFolder('the same', () => {
    theirs = graphFolder('the same', program).dir;
    writeFileSync(join(theirs, 'theirs'), '');
    return program();
  });
  expect(own.dir).toBe(theirs);
  expect(readdirSync(own.dir)).toContain('theirs');
  expect(readdirSync(cache)).toEqual([basename(own.dir)]);
});

it('puts a graph in the place of a damaged one', () => {
  const cache = ownGraphCache();
  const { dir } = graphFolder('the same', program);
  writeFileSync(join(dir, 'saved_model.pb'), 'torn');
  mkdirSync(join(dir, 'more'));
  let made = 0;
  const again = () =>
    graphFolder('the same', () => {
      made++;
      return program();
    });
  expect(again().dir).toBe(dir);
  again();
  expect(made).toBe(1);
  expect(readdirSync(cache)).toEqual([basename(dir)]);
});

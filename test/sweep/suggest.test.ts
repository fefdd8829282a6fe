import { expect, it } from 'vitest';
import { suggest } from '../../src/sweep/suggest.ts';

const KNOWN = ['learning_rate', 'lr_scheduler', 'seed', 'max_train_steps', 'train_batch_size'];

it.each([
  ['learning_rat', 'learning_rate'],
  ['learningRate', 'learning_rate'],
  ['max-train-steps', 'max_train_steps'],
  ['sede', 'seed'],
  ['seeds', 'seed'],
  ['lr_schedluer', 'lr_scheduler'],
  ['lr', 'learning_rate'],
  ['batch_size', 'train_batch_size'],
  ['steps', 'max_train_steps'],
])('finds what %s means', (word, meant) => {
  expect(suggest(word, KNOWN)).toBe(meant);
});

it.each(['zzz', 'x', 'momentum', 'cfg', 'constructor', 'a'.repeat(10_000)])('makes nothing of %s', word => {
  expect(suggest(word, KNOWN)).toBeNull();
});

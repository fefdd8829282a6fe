import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSweepText } from '../../src/sweep/readSweep.ts';
import { optionTables } from './optionTables.ts';
import { SweepFolder } from './sweepFolder.ts';

const DOC = join(import.meta.dirname, '../../docs/sweep-file.md');
const text = readFileSync(DOC, 'utf8');

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

/** What stands around an example that shows a part of a file alone. */
const PARTS: [key: string, text: string][] = [
  ['name', 'name: example'],
  ['model', 'model: model'],
  ['subjects', 'subjects: {cat: {instance_data_dir: cat, instance_prompt: a moji cat, class_prompt: a cat}}'],
  [
    'train',
    'train: {max_train_steps: [400, 1200], learning_rate: [1e-6, 2e-6, 5e-6], train_batch_size: [2, 4], train_text_encoder: [false, true]}',
  ],
  ['sample', 'sample: {prompts: a moji cat, scheduler: [ddim, lms]}'],
];

function wholeFile(example: string): string {
  const missing = PARTS.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example));
  const rest = /^preset:/m.test(example) ? missing.filter(([key]) => key !== 'train') : missing;
  return [example, ...rest.map(([, part]) => part)].join('\n');
}

/** All that is said about an example, as the command line shows it. */
async function complaintsAbout(example: string): Promise<string> {
  const result = await readSweepText(wholeFile(example), folder.path('cat.yaml'));
  const said = result.ok
    ? []
    : result.diagnostics.flatMap(({ message, excerpt }) => [message, ...excerpt.map(line => `    ${line}`)]);
  return said.join('\n').replaceAll(`${folder.dir}/`, '');
}

const EXAMPLE = /```yaml\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g;
const examples = [...text.matchAll(EXAMPLE)];

it('has the tables of the options as the code has them (SWEETSPOT_WRITE_DOCS=1 writes them anew)', async () => {
  let expected = text;
  for (const [name, table] of Object.entries(optionTables())) {
    const place = new RegExp(`(<!-- table: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
    expect(text).toMatch(place);
    expected = expected.replace(place, (_, start: string, end: string) => start + table + end);
  }
  if (!process.env.SWEETSPOT_WRITE_DOCS) {
    expect(text).toBe(expected);
    return;
  }
  for (const [whole, example = '', complaints] of examples) {
    const said = complaints === undefined ? '' : `\n\n\`\`\`text\n${await complaintsAbout(example)}\n\`\`\``;
    expected = expected.replace(whole, () => `\`\`\`yaml\n${example}\`\`\`${said}`);
  }
  writeFileSync(DOC, expected);
});

it.each(examples.map(([, example = '', complaints = '']) => ({ example, complaints })))(
  'shows example $# as it is',
  async ({ example, complaints }) => {
    expect(await complaintsAbout(example)).toBe(complaints.trimEnd());
  },
);

it('has examples of files that are right and of files that are wrong', () => {
  expect(examples.filter(([, , complaints]) => complaints === undefined).length).toBeGreaterThan(6);
  expect(examples.filter(([, , complaints]) => complaints !== undefined).length).toBeGreaterThan(3);
});

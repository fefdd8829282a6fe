// docs/article.md: the article's statements, sweep by sweep, with what was found here and the pictures that show it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeGrid } from './sheet.mjs';

const BLUE = 'a moji cat on a blue background';

/** In the order of the page. A grid is what `writeGrid` takes. */
const SECTIONS = [
  {
    name: 'face',
    title: 'How many steps, at which learning rate?',
    grid: { rows: 'learning_rate', columns: 'max_train_steps', prompts: [BLUE] },
  },
  {
    name: 'objects',
    title: 'Does a face want more steps than a thing?',
  },
  {
    name: 'prior',
    title: 'What is prior preservation good for?',
    grid: {
      rows: 'with_prior_preservation',
      columns: 'max_train_steps',
      prompts: [BLUE, 'a photo of a cat', 'a photo of a dog'],
    },
  },
  {
    name: 'schedulers',
    title: 'Schedulers and inference steps on an overfitted model',
    grid: { rows: 'scheduler', columns: 'num_inference_steps', prompts: [BLUE] },
  },
  {
    name: 'text-encoder',
    title: 'Is it worth training the text encoder?',
    grid: { rows: 'train_text_encoder', columns: 'max_train_steps', prompts: ['a moji cat on grass'] },
  },
  {
    name: 'textual-inversion',
    title: 'A new word, then DreamBooth',
    grid: {
      rows: 'textual_inversion_max_train_steps',
      columns: 'max_train_steps',
      prompts: ['a <moji> on a blue background'],
    },
  },
  { name: 'token', title: 'A rare word, or plain ones?' },
  { name: 'ema', title: 'The last weights, or their moving average?' },
];

/**
 * @param file of the page; pictures go to a folder of its name beside it
 * @param results by sweep: `claims`, and the `model` that `sweetspot export` prints
 * @param ran one line: seeds, time, machine
 * @param command one line: how each sweep was run
 */
export async function writePage(file, results, { ran, command }) {
  const folder = file.replace(/\.md$/, '');
  mkdirSync(folder, { recursive: true });
  const parts = [
    `# The article's experiments, in miniature

"Training Stable Diffusion with DreamBooth using Diffusers" judged by eye, one seed each. \`npm run bench:article -- --page docs/article.md\` runs all of its
experiments on the built-in model (64x64 pixels, 8.8 million weights, a character that it has never seen: \`sweeps/mini\`), tests each statement on
all prompts and seeds, and writes this page. ${ran}

The model is small and its world is emoji, so what is not seen here may well be so on Stable Diffusion: \`sweeps/article\` asks the same there. *Seen* and *the
opposite is seen* mean that the 95 % interval of the difference leaves out zero (how: [report.md](report.md#how-the-answer-is-found)); where the article saw no
difference (C10, C11), *seen* means that the whole interval lies within a margin (±0.1 of likeness and prompt kept, ±0.05 of CLIP-I, ±0.02 of CLIP-T) and *the
opposite is seen* that it leaves out zero and reaches beyond. In the pictures, two seeds stand side by side.

${command}`,
  ];
  for (const { name, title, grid } of SECTIONS) {
    const result = results.get(name);
    if (!result) continue;
    const rows = result.claims.map(({ text, verdict, found }) => `| ${text} | **${verdict}** | ${found} |`);
    parts.push(
      `## ${title}`,
      ...(grid ? [`![Pictures by ${grid.rows} and ${grid.columns}](${basename(folder)}/${name}.png)`] : []),
      ['| the article says | here | measured |', '|---|---|---|', ...rows].join('\n'),
      `\`sweeps/mini/${name}.yaml\``,
    );
    if (grid) await writeGrid(join(folder, `${name}.png`), result.model, grid);
  }
  writeFileSync(file, `${parts.join('\n\n')}\n`);
}

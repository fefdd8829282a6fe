// A grid of a sweep's pictures as one PNG: rows and columns are axes, seeds stand side by side, the untrained model comes first.
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, loadImage } from 'canvas';
import sharp from 'sharp';
import { formatValue } from '../../dist/sweep/formatValue.js';

const require = createRequire(import.meta.url);
GlobalFonts.registerFromPath(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'), 'DejaVu Sans');

const SIDE = 96;
const GAP = 10;
const LABEL = 240;
const LINE = 20;

/**
 * @param model what `sweetspot export` prints
 * @param grid `rows` and `columns` name axes, `prompts` which to show (one block each), `trainSeed` whose training
 */
export async function writeGrid(path, model, { rows, columns, prompts, trainSeed = 0 }) {
  const shown = model.cells.filter(({ values }) => (values.seed ?? trainSeed) === trainSeed);
  const blocks = prompts.map(prompt => {
    const cells = shown.filter(cell => cell.prompt === prompt);
    const trained = cells.filter(({ trial }) => trial !== null);
    return {
      prompt,
      untrained: cells.filter(({ trial }) => trial === null),
      trained,
      rows: valuesOf(model, trained, rows),
      columns: valuesOf(model, trained, columns),
    };
  });
  const across = Math.max(...blocks.map(block => block.columns.length + 1));
  const seeds = model.seeds.length;
  const cellWidth = seeds * SIDE + GAP;
  const height = blocks.reduce((sum, block) => sum + 2 * LINE + block.rows.length * (SIDE + GAP) + GAP, 0);
  const sheet = createCanvas(LABEL + across * cellWidth, height);
  const context = sheet.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.imageSmoothingEnabled = false;
  const write = (text, x, y, colour = 'black') => {
    context.fillStyle = colour;
    context.font = '12px "DejaVu Sans"';
    context.fillText(text, x, y);
  };
  const drawCell = async (cells, x, y) => {
    for (const [i, seed] of model.seeds.entries()) {
      const cell = cells.find(one => one.seed === seed);
      if (cell)
        context.drawImage(await loadImage(model.pictures[cell.picture].path), x + i * SIDE, y, SIDE, SIDE);
    }
  };
  let y = 0;
  for (const block of blocks) {
    write(`“${block.prompt}”`, 4, y + 15);
    y += LINE;
    write(`${spoken(columns)} →`, 4, y + 13, '#666');
    // The untrained model has no value of an axis that is trained, but those of the sampler's: of these the first is shown.
    const [first] = block.columns;
    const alike = (cell, axis, value) => [undefined, value].includes(axisValue(model, cell, axis));
    const sampled = block.untrained.some(cell => axisValue(model, cell, columns) === first);
    write(sampled ? `untrained, ${first}` : 'untrained', LABEL, y + 13, '#666');
    block.columns.forEach((value, i) => {
      write(formatValue(value), LABEL + (i + 1) * cellWidth, y + 13, '#666');
    });
    y += LINE;
    for (const row of block.rows) {
      write(spoken(rows), 4, y + SIDE / 2 - 4, '#666');
      write(formatValue(row), 4, y + SIDE / 2 + 12);
      const untrained = block.untrained.filter(cell => alike(cell, rows, row) && alike(cell, columns, first));
      await drawCell(untrained, LABEL, y);
      for (const [i, column] of block.columns.entries()) {
        const here = cell =>
          axisValue(model, cell, rows) === row && axisValue(model, cell, columns) === column;
        await drawCell(block.trained.filter(here), LABEL + (i + 1) * cellWidth, y);
      }
      y += SIDE + GAP;
    }
    y += GAP;
  }
  // 256 colours are enough to judge by, and half the bytes.
  await sharp(sheet.toBuffer('image/png')).png({ palette: true, effort: 10 }).toFile(path);
}

function axisValue({ samplers }, { trial, subject, sampler, values, steps }, axis) {
  const { scheduler, numInferenceSteps } = samplers[sampler];
  const own = {
    subject,
    scheduler,
    num_inference_steps: numInferenceSteps,
    max_train_steps: trial === null ? undefined : steps,
    ...values,
  };
  return own[axis];
}

const spoken = axis => axis.replaceAll('_', ' ');

function valuesOf(model, cells, axis) {
  const values = [...new Set(cells.map(cell => axisValue(model, cell, axis)))];
  return values.every(value => typeof value === 'number') ? values.sort((a, b) => a - b) : values;
}

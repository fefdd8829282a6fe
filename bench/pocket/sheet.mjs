// Pictures with their prompts below, as one PNG.
import { createCanvas, ImageData } from 'canvas';
import sharp from 'sharp';

const ACROSS = 6;
const SCALE = 2;
const MARGIN = 8;
const TEXT = 30;

export async function writeSheet(path, images, prompts) {
  const side = images[0].width * SCALE;
  const [cellWidth, cellHeight] = [side + MARGIN, side + TEXT + MARGIN];
  const sheet = createCanvas(
    ACROSS * cellWidth + MARGIN,
    Math.ceil(images.length / ACROSS) * cellHeight + MARGIN,
  );
  const context = sheet.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.imageSmoothingEnabled = false;
  context.font = '10px sans-serif';
  context.fillStyle = 'black';
  images.forEach((image, i) => {
    const [x, y] = [MARGIN + (i % ACROSS) * cellWidth, MARGIN + Math.floor(i / ACROSS) * cellHeight];
    context.drawImage(asCanvas(image), x, y, side, side);
    inLines(prompts[i], 24).forEach((line, row) => {
      context.fillText(line, x, y + side + 11 + 11 * row);
    });
  });
  // 256 colours are enough to judge by, and half the bytes.
  await sharp(sheet.toBuffer('image/png')).png({ palette: true, effort: 10 }).toFile(path);
}

function asCanvas({ width, height, data }) {
  const canvas = createCanvas(width, height);
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

function inLines(text, most) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSweepText } from '../../src/sweep/readSweep.ts';
import { SweepFolder } from './sweepFolder.ts';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.dispose());

interface Written {
  model?: string;
  name?: string;
  photos?: string;
  train?: string;
  seeds?: string;
  rest?: string;
}

async function read(written: Written, only: string[] = []): Promise<string[]> {
  const { model = 'model', name = 'cat', photos = 'cat', train = '', seeds = '[0]', rest = '' } = written;
  const text = `name: cats
model: ${model}
subjects:
  ${name}: {instance_data_dir: ${photos}, instance_prompt: a photo of a moji cat}
train: {max_train_steps: 1${train}}
sample: {prompts: [a moji cat], seeds: ${seeds}}
${rest}`;
  const result = await readSweepText(text, folder.path('sweep.yaml'), { only });
  return result.ok ? [] : result.diagnostics.map(({ message }) => message.replace(/^.*?: /, ''));
}

it.each([
  ['0..3', 'Write [0, 1, 2, 3]'],
  ['"0-3"', 'Write [0, 1, 2, 3]'],
  ['2 to 3', 'Write [2, 3]'],
  ['1..100', 'Write {from: 1, to: 100, by: 1}'],
])('knows a range of seeds that is written %s', async (seeds, hint) => {
  expect(await read({ seeds })).toEqual([expect.stringMatching(/^seeds has a wrong value/)]);
  expect((await read({ seeds })).join()).toContain(hint);
});

it.each(['3..0', '0..x', '1.5-2'])('takes %s for no range', async seeds => {
  expect((await read({ seeds })).join()).not.toContain('Write [');
});

it('takes a range for one only where a list of whole numbers may stand', async () => {
  expect((await read({ train: ', learning_rate: 1-3' })).join()).not.toContain('Write [');
});

it('says how a model of the hub becomes a folder', async () => {
  expect(await read({ model: 'runwayml/stable-diffusion-v1-5' })).toEqual([
    'there is no model folder runwayml/stable-diffusion-v1-5; expected pocket, or a folder in diffusers layout. Nothing is downloaded here: `huggingface-cli download runwayml/stable-diffusion-v1-5 --local-dir FOLDER`, then name that folder',
  ]);
  for (const model of ['cat/model', './models', 'a/b/c', '../models/sd']) {
    expect((await read({ model })).join()).toContain('Paths are relative to the sweep file');
  }
});

it('offers a folder that differs in capitals alone', async () => {
  folder.write('photos/Dog/1.gif', 'GIF89a');
  expect(await read({ photos: 'photos/dog' })).toEqual([
    'there is no folder photos/dog. There is photos/Dog: capitals count',
  ]);
  expect(await read({ photos: 'photos/bird' })).toEqual([
    'there is no folder photos/bird. Paths are relative to the sweep file',
  ]);
});

it('passes over what file managers leave among photos', async () => {
  folder.write('managed/1.gif', 'GIF89a');
  for (const name of ['Thumbs.db', 'desktop.ini', '.DS_Store']) folder.write(`managed/${name}`, 'x');
  expect(await read({ photos: 'managed' })).toEqual([]);
});

it('knows a photo that has to be converted by its bytes', async () => {
  folder.write('phone/IMG_1.jpg', '\0\0\0\x18ftypheic\0\0\0\0');
  folder.write('phone/2.heif', '\0\0\0\x18ftypmif1\0\0\0\0');
  folder.write('phone/3.avif', '\0\0\0\x18ftypavif\0\0\0\0');
  folder.write('phone/4.mp4', '\0\0\0\x18ftypmp42\0\0\0\0');
  const expected = 'expected PNG, JPEG, WebP, GIF, TIFF or AVIF';
  expect(await read({ photos: 'phone' })).toEqual([
    `2.heif in phone is no picture; ${expected}, got a HEIC picture. Convert it to JPEG or PNG`,
    `4.mp4 in phone is no picture; ${expected}, got a video. Move it elsewhere`,
    `IMG_1.jpg in phone is no picture; ${expected}, got a HEIC picture. Convert it to JPEG or PNG`,
  ]);
});

it('does not say again of a choice that the subjects it is about are faulty', async () => {
  const found = await read({ name: 'my cat!', rest: 'exclude: [{subject: cat}]\n' }, ['subject=cat']);
  expect(found.join('\n')).toMatch(/is no name; expected letters/);
  expect(found.join('\n')).not.toMatch(/expected one of ($|\n|\.)/);
  expect(found.join('\n')).not.toContain('there is no subject');
});

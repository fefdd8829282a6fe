import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { type CliResult, eventsOf, runCli } from '../support/cli.ts';
import { copyTinyPipeline, tinyPipelineDir } from '../support/models.ts';
import { tempDir } from '../support/tmp.ts';

const PHOTOS = join(import.meta.dirname, '../golden/train/photos/instance');
const UNET = 'unet/diffusion_pytorch_model.safetensors';
/** One thread starts quickest, and the files run side by side already. */
const BACKEND = ['--backend', 'cpu', '--threads', '1'];

/** One line with a code, at the end of standard error; nothing of a stack anywhere. */
function expectOneLine({ stderr, code }: CliResult, errorCode: string, exitCode: number, text: RegExp): void {
  expect(stderr).not.toMatch(/^\s+at /m);
  const lines = stderr.split('\n').filter(line => line.startsWith('sweetspot: '));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(text);
  expect(lines[0]).toContain(`[${errorCode}]`);
  expect(code).toBe(exitCode);
}

/** Rewrites a JSON file of a pipeline folder. */
function edit(path: string, change: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(readFileSync(path, 'utf8'));
  change(json);
  writeFileSync(path, JSON.stringify(json));
}

/** Length of the header, and where the values begin. */
function header(bytes: Buffer): { length: number; json: Record<string, { data_offsets: [number, number] }> } {
  const length = Number(bytes.readBigUInt64LE(0));
  return { length, json: JSON.parse(bytes.toString('utf8', 8, 8 + length)) };
}

function damage(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)));
}

interface BadModel {
  name: string;
  spoil(dir: string): void;
  code: string;
  text: RegExp;
  args?: string[];
}

const MODELS: BadModel[] = [
  {
    name: 'a header that breaks off',
    spoil: dir => damage(join(dir, UNET), bytes => bytes.subarray(0, 100)),
    code: 'E_SAFETENSORS',
    text: /unet\/.*\.safetensors/,
  },
  {
    name: 'a header that claims exabytes',
    spoil: dir =>
      damage(join(dir, UNET), bytes => {
        bytes.writeBigUInt64LE(2n ** 62n, 0);
        return bytes;
      }),
    code: 'E_SAFETENSORS',
    text: /unet\/.*\.safetensors/,
  },
  {
    name: 'a tensor outside the file',
    spoil: dir => damage(join(dir, UNET), bytes => bytes.subarray(0, bytes.length - 1000)),
    code: 'E_SAFETENSORS',
    text: /unet\/.*\.safetensors/,
  },
  {
    name: 'a NaN weight',
    spoil: dir =>
      damage(join(dir, UNET), bytes => {
        const { length, json } = header(bytes);
        bytes.writeFloatLE(Number.NaN, 8 + length + (json['conv_in.weight']?.data_offsets[0] ?? 0));
        return bytes;
      }),
    code: 'E_MODEL',
    text: /conv_in\.weight/,
  },
  {
    name: 'a missing tensor',
    spoil: dir =>
      damage(join(dir, UNET), bytes =>
        Buffer.from(bytes.toString('latin1').replace('conv_in.bias', 'conv_xx.bias'), 'latin1'),
      ),
    code: 'E_MODEL',
    text: /conv_in\.bias/,
  },
  {
    name: 'no weights',
    spoil: dir => rmSync(join(dir, UNET)),
    code: 'E_MISSING',
    text: /unet/,
  },
  {
    name: 'no model_index.json',
    spoil: dir => rmSync(join(dir, 'model_index.json')),
    code: 'E_MISSING',
    text: /model_index\.json/,
  },
  {
    name: 'no vocabulary',
    spoil: dir => rmSync(join(dir, 'tokenizer'), { recursive: true }),
    code: 'E_MISSING',
    text: /tokenizer/,
  },
  {
    name: 'no scheduler',
    spoil: dir => rmSync(join(dir, 'scheduler'), { recursive: true }),
    code: 'E_MISSING',
    text: /scheduler/,
  },
  {
    name: 'a config that is no JSON',
    spoil: dir => writeFileSync(join(dir, 'vae/config.json'), '{"latent_channels": 4,'),
    code: 'E_MODEL',
    text: /vae\/config\.json/,
  },
  {
    name: 'a tokenizer with more words than the text encoder',
    spoil: dir =>
      edit(join(dir, 'text_encoder/config.json'), json => {
        json.vocab_size = 10;
      }),
    code: 'E_TOKENIZER',
    text: /vocab|token/i,
  },
  {
    name: 'a scheduler nobody knows',
    spoil: dir =>
      edit(join(dir, 'model_index.json'), json => {
        json.scheduler = ['diffusers', 'MagicScheduler'];
      }),
    code: 'E_SCHEDULER',
    text: /MagicScheduler/,
  },
  {
    name: 'a size that the model cannot make',
    spoil: () => undefined,
    code: 'E_OPTION',
    text: /width.*33|33.*width/,
    args: ['--width', '33'],
  },
];

describe('sweetspot sample', () => {
  it.each(MODELS)('refuses $name', async ({ spoil, code, text, args }) => {
    const dir = copyTinyPipeline('plain');
    spoil(dir);
    const cwd = tempDir();
    const result = await runCli(
      [
        'sample',
        dir,
        '--prompt',
        'a cat',
        '--steps',
        '1',
        '--output',
        'some/where',
        ...(args ?? []),
        ...BACKEND,
      ],
      cwd,
    );
    expectOneLine(result, code, 2, text);
    expect(result.stdout).toBe('');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('leaves pictures alone that were there when it fails', async () => {
    const dir = copyTinyPipeline('plain');
    rmSync(join(dir, UNET));
    const cwd = tempDir();
    writeFileSync(join(cwd, '0000-seed0.png'), 'mine');
    await runCli(['sample', dir, '--prompt', 'a cat', '--output', cwd, ...BACKEND], cwd);
    expect(readdirSync(cwd)).toEqual(['0000-seed0.png']);
  });

  it.runIf(process.platform === 'linux')(
    'says when the output cannot be written, before it computes',
    async () => {
      const result = await runCli(
        ['sample', tinyPipelineDir('plain'), '--prompt', 'a cat', '--output', '/proc/pictures'],
        tempDir(),
      );
      expectOneLine(result, 'E_WRITE', 1, /\/proc\/pictures: cannot write/);
    },
  );

  it.each([
    [['sample'], /a word is missing/],
    [['sample', 'pocket'], /--prompt, --output must be given/],
    [['sample', 'pocket', '--prompt'], /--prompt needs a value/],
    [
      ['sample', 'pocket', '--prompt', 'x', '--output', 'o', '--steps', 'many'],
      /--steps: not a usable value; expected a whole number/,
    ],
    [
      ['sample', 'pocket', '--prompt', 'x', '--output', 'o', '--guidance', 'much'],
      /--guidance: not a usable value; expected a number/,
    ],
    [
      ['sample', 'pocket', '--prompt', 'x', '--output', 'o', '--scheduler', 'best'],
      /--scheduler.*expected one of ddpm/,
    ],
    [
      ['sample', 'pocket', '--prompt', 'x', '--output', 'o', '--threads', '0'],
      /--threads: not a usable value/,
    ],
    [['smaple', 'pocket'], /no such command; did you mean sample/],
    [['train', '--bogus', '1'], /must be given|mean nothing here; got bogus/],
    [[], /No command/],
  ])('refuses the command line %j', async (args, text) => {
    const cwd = tempDir();
    expectOneLine(await runCli(args, cwd), 'E_USAGE', 2, text);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('refuses a model folder that is not there', async () => {
    const cwd = tempDir();
    const result = await runCli(['sample', 'no/model', '--prompt', 'x', '--output', 'o'], cwd);
    expectOneLine(result, 'E_MISSING', 2, /no\/model.*no such model folder/);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

interface BadPhotos {
  name: string;
  fill(dir: string): unknown;
  text: RegExp;
  /** No good photo beside it. */
  alone?: boolean;
}

const plainPicture = (channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width: 40, height: 30, channels, background: { r: 200, g: 90, b: 10, alpha: 1 } } });

const PHOTO_FOLDERS: BadPhotos[] = [
  { name: 'an empty folder', fill: () => undefined, text: /photos: there are no pictures/, alone: true },
  {
    name: 'a text file among the photos',
    fill: dir => writeFileSync(join(dir, 'notes.txt'), 'remember the milk'),
    text: /notes\.txt/,
  },
  { name: 'an empty file', fill: dir => writeFileSync(join(dir, 'b.png'), ''), text: /b\.png.*empty file/ },
  {
    name: 'half a photo',
    fill: async dir => {
      const bytes = await plainPicture().png().toBuffer();
      writeFileSync(join(dir, 'b.png'), bytes.subarray(0, bytes.length / 2));
    },
    text: /b\.png.*damaged/,
  },
];

/** Photos that are unusual and fine. */
async function writeOddPhotos(dir: string): Promise<void> {
  await plainPicture().toColourspace('rgb16').png().toFile(join(dir, 'deep.png'));
  await plainPicture().toColourspace('cmyk').jpeg().toFile(join(dir, 'print.jpg'));
  await plainPicture().withMetadata({ orientation: 6 }).jpeg().toFile(join(dir, 'turned.jpg'));
  await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toFile(join(dir, 'dot.png'));
  const frames = Buffer.alloc(16 * 32 * 3, 90);
  await sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } })
    .gif({ loop: 0, delay: [50, 50] })
    .toFile(join(dir, 'moving.gif'));
}

function trainArgs(photos: string, output: string, model = tinyPipelineDir('plain')): string[] {
  return [
    'train',
    '--pretrained_model_name_or_path',
    model,
    '--instance_data_dir',
    photos,
    '--instance_prompt',
    'a photo of a moji cat',
    '--resolution',
    '32',
    '--train_batch_size',
    '1',
    '--max_train_steps',
    '1',
    '--learning_rate',
    '1e-4',
    '--seed',
    '0',
    '--output_dir',
    output,
    ...BACKEND,
  ];
}

describe('sweetspot train', () => {
  it.each(PHOTO_FOLDERS)('refuses $name', async ({ fill, text, alone }) => {
    const cwd = tempDir();
    const photos = join(cwd, 'photos');
    mkdirSync(photos);
    if (!alone) await plainPicture().png().toFile(join(photos, 'a.png'));
    await fill(photos);
    const result = await runCli(trainArgs(photos, 'out'), cwd);
    expectOneLine(result, 'E_IMAGE', 2, text);
    expect(result.stdout).toBe('');
    expect(readdirSync(cwd)).toEqual(['photos']);
  });

  it('refuses a damaged model and leaves nothing', async () => {
    const cwd = tempDir();
    const dir = copyTinyPipeline('plain');
    damage(join(dir, UNET), bytes => bytes.subarray(0, 100));
    const result = await runCli(trainArgs(PHOTOS, 'out', dir), cwd);
    expectOneLine(result, 'E_SAFETENSORS', 2, /unet/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('takes odd photos, and prints nothing but JSON lines on standard output', async () => {
    const cwd = tempDir();
    const photos = join(cwd, 'photos');
    mkdirSync(photos);
    await writeOddPhotos(photos);
    const { code, stdout, stderr } = await runCli(trainArgs(photos, 'out'), cwd);
    expect(stderr).not.toMatch(/sweetspot: /);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ step: 1, loss: expect.any(Number), lr: 1e-4 });
  });
});

function writeSweep(
  dir: string,
  { photos = PHOTOS, model = tinyPipelineDir('plain'), extra = '' } = {},
): void {
  writeFileSync(
    join(dir, 'tiny.yaml'),
    `name: tiny
model: ${JSON.stringify(model)}
subjects:
  cat:
    instance_data_dir: ${JSON.stringify(photos)}
    instance_prompt: a photo of a moji cat
train: {learning_rate: 1e-3, max_train_steps: 1, train_batch_size: 1, resolution: 32}
sample: {prompts: [a moji cat], scheduler: ddim, num_inference_steps: 1, seeds: [0]${extra}}
`,
  );
}

describe.each(['plan', 'run'])('sweetspot %s', command => {
  it.each([
    {
      name: 'an empty subject folder',
      make: (dir: string) => {
        mkdirSync(join(dir, 'photos'));
        writeSweep(dir, { photos: 'photos' });
      },
      text: /tiny\.yaml:5:\d+: .*photos/,
    },
    {
      name: 'a text file among the photos',
      make: (dir: string) => {
        mkdirSync(join(dir, 'photos'));
        const [first = ''] = readdirSync(PHOTOS);
        copyFileSync(join(PHOTOS, first), join(dir, 'photos', first));
        writeFileSync(join(dir, 'photos/notes.txt'), 'remember the milk');
        writeSweep(dir, { photos: 'photos' });
      },
      text: /tiny\.yaml:5:\d+: .*notes\.txt/,
    },
    {
      name: 'a model folder without a UNet',
      make: (dir: string) => {
        const model = copyTinyPipeline('plain');
        rmSync(join(model, 'unet'), { recursive: true });
        writeSweep(dir, { model });
      },
      text: /tiny\.yaml:2:\d+: .*unet/,
    },
    {
      name: 'a size that the model cannot make',
      make: (dir: string) => writeSweep(dir, { extra: ', width: 33' }),
      text: /tiny\.yaml:8:\d+: .*33/,
    },
    {
      name: 'a scheduler nobody knows',
      make: (dir: string) => {
        writeSweep(dir);
        damage(join(dir, 'tiny.yaml'), text => Buffer.from(text.toString().replace('ddim', 'magic')));
      },
      text: /tiny\.yaml:8:\d+: .*magic/s,
    },
  ])('refuses $name with line and column, and starts nothing', async ({ make, text }) => {
    const cwd = tempDir();
    make(cwd);
    const before = readdirSync(cwd);
    const result = await runCli([command, 'tiny.yaml'], cwd);
    expect(result.stderr).toMatch(text);
    expectOneLine(result, 'E_SWEEP', 2, /in the sweep file/);
    expect(readdirSync(cwd)).toEqual(before);
  });
});

describe('sweetspot run --json', () => {
  it('gives an error as an event, and nothing but events', async () => {
    const cwd = tempDir();
    const { stdout, code } = await runCli(['run', 'nope.yaml', '--json'], cwd);
    expect(code).toBe(2);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(eventsOf(stdout)).toMatchObject([
      { event: 'diagnostic', file: 'nope.yaml', what: 'there is no such sweep file' },
      { event: 'error', error: { code: 'E_SWEEP' } },
    ]);
  });

  it.runIf(process.platform === 'linux')('says that the workspace cannot be written', async () => {
    const cwd = tempDir();
    writeSweep(cwd);
    const result = await runCli(['run', 'tiny.yaml', '--json', '--workspace', '/proc/nowhere'], cwd);
    expectOneLine(result, 'E_WRITE', 1, /\/proc\/nowhere.*cannot write/);
    expect(existsSync('/proc/nowhere')).toBe(false);
  });
});

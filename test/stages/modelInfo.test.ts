import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SweetspotError } from '../../src/core/errors.ts';
import { readModelInfo } from '../../src/stages/modelInfo.ts';
import { SweepFolder } from '../sweep/sweepFolder.ts';

let folder: SweepFolder;
beforeEach(() => {
  folder = new SweepFolder();
});
afterEach(() => folder.dispose());

const read = () => readModelInfo(folder.path('model'));

/** A safetensors file with this header and no data worth reading. */
function safetensors(header: object): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json]);
}

describe('readModelInfo', () => {
  it('reads sizes from the configs', async () => {
    expect(await read()).toEqual({
      dir: folder.path('model'),
      width: 64,
      height: 64,
      vaeFactor: 4,
      numTrainTimesteps: 1000,
      scheduler: 'pndm',
      schedulerClass: 'PNDMScheduler',
      unetWeights: null,
      textEncoderWeights: null,
    });
  });

  it('takes the defaults of the classes, and sizes that are not square', async () => {
    folder.write('model/unet/config.json', '{"sample_size": [8, 12]}');
    folder.write('model/vae/config.json', '{}');
    folder.write('model/scheduler/scheduler_config.json', '{"_class_name": "UniPCMultistepScheduler"}');
    expect(await read()).toMatchObject({
      height: 8,
      width: 12,
      vaeFactor: 1,
      scheduler: null,
      numTrainTimesteps: 1000,
    });
  });

  it('counts weights from headers, one precision of them', async () => {
    const header = {
      __metadata__: { format: 'pt' },
      a: { dtype: 'F16', shape: [2, 3] },
      b: { dtype: 'F16', shape: [4] },
    };
    folder.write('model/unet/diffusion_pytorch_model.safetensors', safetensors(header));
    folder.write('model/unet/diffusion_pytorch_model.fp16.safetensors', safetensors(header));
    folder.write('model/text_encoder/model.fp16.safetensors', safetensors({ c: { shape: [7] } }));
    expect(await read()).toMatchObject({ unetWeights: 10, textEncoderWeights: 7 });
    folder.write('model/unet/diffusion_pytorch_model.safetensors', 'no header');
    expect(await read()).toMatchObject({ unetWeights: null });
  });

  it.each([
    ['unet/config.json', '{"sample_size": "big"}', /sample_size is not usable.*got "big"/],
    ['unet/config.json', '[]', /must be a JSON object/],
    ['unet/config.json', '{', /JSON/],
    ['vae/config.json', '{"block_out_channels": []}', /block_out_channels/],
    ['scheduler/scheduler_config.json', '{}', /_class_name.*got nothing/],
  ])('refuses %s with %s', async (name, text, message) => {
    folder.write(`model/${name}`, text);
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toBeInstanceOf(SweetspotError);
  });

  it('names what a folder lacks', async () => {
    await expect(readModelInfo(folder.path('cat'))).rejects.toThrow(/got none named unet, vae, text_encoder/);
  });
});

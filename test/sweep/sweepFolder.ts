import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The smallest bytes that pass as a PNG file, different for each `content`. */
const png = (content: string): Buffer =>
  Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(content)]);

/** A folder with a model's JSON files (64x64, VAE factor 4), two subjects and own class images; removed by `dispose`. */
export class SweepFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'sweetspot-sweep-'));

  constructor() {
    this.write('model/unet/config.json', JSON.stringify({ sample_size: 16 }));
    this.write('model/vae/config.json', JSON.stringify({ block_out_channels: [32, 64, 64] }));
    this.write(
      'model/scheduler/scheduler_config.json',
      JSON.stringify({ _class_name: 'PNDMScheduler', num_train_timesteps: 1000 }),
    );
    this.write('model/text_encoder/config.json', '{}');
    this.write('model/tokenizer/vocab.json', '{}');
    for (const name of ['b.png', 'a.png', 'C.png']) this.write(`cat/${name}`, png(`cat ${name}`));
    this.write('cat/.DS_Store', 'hidden');
    this.write('dog/1.jpg', Buffer.from('\xff\xd8\xff dog', 'latin1'));
    for (let i = 0; i < 5; i++) this.write(`cats/${i}.png`, png(`class ${i}`));
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, content: string | Buffer): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

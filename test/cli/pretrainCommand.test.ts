import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { tempDir } from '../support/tmp.ts';

const WRONG: { what: string; args: string[]; text: RegExp }[] = [
  { what: 'an unknown stage', args: ['vea'], text: /one of clip, vae, decoder, unet, got "vea"/ },
  { what: 'a decoder without its VAE', args: ['decoder'], text: /--vae: decoder needs a trained VAE/ },
  { what: 'a UNet without a VAE', args: ['unet'], text: /--vae: unet needs a trained VAE/ },
  { what: 'a VAE that is not there', args: ['unet', '--vae', 'nowhere'], text: /--vae nowhere: there is no/ },
  { what: 'no steps', args: ['vae', '--steps', '0'], text: /--steps: .*a whole number from 1, got 0/ },
  { what: 'art that is not installed', args: ['vae', '--art', 'gone'], text: /npm ci --prefix pretrain/ },
];

describe('sweetspot pretrain', () => {
  it.each(WRONG)('refuses $what in one line, and leaves nothing', async ({ args, text }) => {
    const cwd = tempDir();
    mkdirSync(join(cwd, 'art'));
    const art = args.includes('--art') ? [] : ['--art', 'art'];
    const result = await runCli(['pretrain', ...art, ...args, '--output', 'out'], cwd);
    expect(result.stderr.trim().split('\n')).toEqual([expect.stringMatching(text)]);
    expect(result.code).toBe(2);
    expect(readdirSync(cwd)).toEqual(['art']);
  });
});

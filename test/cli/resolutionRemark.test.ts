import { expect, it } from 'vitest';
import { resolutionRemark } from '../../src/cli/resolutionRemark.ts';
import { INVERSION_OPTIONS } from '../../src/stages/inversionOptions.ts';
import { TRAIN_OPTIONS } from '../../src/stages/trainOptions.ts';
import { modelDir } from '../../src/sweep/resolveModel.ts';

const POCKET = { pretrained_model_name_or_path: modelDir('pocket', '.') };

it.each([[TRAIN_OPTIONS], [INVERSION_OPTIONS]])(
  "warns where the script's default is not the model's size",
  async options => {
    expect(await resolutionRemark(POCKET, options)).toBe(
      "training at 512 pixels, the script's default; the model's own size is 64: --resolution 64",
    );
  },
);

it('is silent where a size was given, or fits, or the model cannot be read', async () => {
  expect(await resolutionRemark({ ...POCKET, resolution: '512' }, TRAIN_OPTIONS)).toBeNull();
  const fitting = TRAIN_OPTIONS.map(option =>
    option.name === 'resolution' ? { ...option, default: 64 } : option,
  );
  expect(await resolutionRemark(POCKET, fitting)).toBeNull();
  expect(await resolutionRemark({ pretrained_model_name_or_path: '/no/where' }, TRAIN_OPTIONS)).toBeNull();
});

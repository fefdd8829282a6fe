import type { NamedWeight } from '../compute/graph/graphWeight.ts';
import type { Parameter } from '../diffusion/nn/parameter.ts';
import type { StableDiffusionPipeline } from '../diffusion/pipeline/index.ts';

/** Weights that are trained at one learning rate. */
export interface TrainedGroup {
  part: 'unet' | 'text_encoder';
  parameters: readonly Parameter[];
}

/** What DreamBooth trains: all of the UNet and, where asked for, all of the text encoder, its embeddings included. */
export function trainedGroups(
  { unet, textEncoder }: StableDiffusionPipeline,
  { trainTextEncoder }: { trainTextEncoder: boolean },
): TrainedGroup[] {
  const groups: TrainedGroup[] = [{ part: 'unet', parameters: unet.parameters }];
  if (trainTextEncoder) groups.push({ part: 'text_encoder', parameters: textEncoder.parameters });
  return groups;
}

/** By name in each group, the order in which a graph hands weights out best. */
export const weightsOf = (groups: readonly TrainedGroup[]): Parameter[] =>
  groups.flatMap(({ parameters }) => [...parameters].sort((a, b) => (a.name < b.name ? -1 : 1)));

/** Of every trained weight, the text encoder's kept apart from the UNet's. */
export const namesOf = (groups: readonly TrainedGroup[]): string[] =>
  groups.flatMap(({ part, parameters }) => parameters.map(({ name }) => `${part}.${name}`));

/** The group's weights, by names that no other part has. */
export const namedWeights = ({ part, parameters }: TrainedGroup): NamedWeight[] =>
  parameters.map(weight => ({ name: `${part}.${weight.name}`, weight }));

import { SweetspotError } from '../../core/errors.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { TensorEntry } from '../safetensors/index.ts';

export interface WeightMatch {
  /** The file's tensor for each parameter, in the order of the parameters. */
  pairs: { parameter: Parameter; tensor: string }[];
  /** Tensors that no parameter takes. */
  unused: string[];
}

/**
 * Finds for each parameter the tensor of a file, under today's name or a former one.
 *
 * @param place the folder, for messages
 * @throws E_MODEL naming all tensors that are missing (the first few, and how many), or one whose shape does not fit
 */
export function matchWeights(
  parameters: readonly Parameter[],
  entries: ReadonlyMap<string, TensorEntry>,
  place: string,
): WeightMatch {
  const names = new Set(parameters.map(parameter => parameter.name));
  const tensorOf = new Map<string, string>();
  const unused: string[] = [];
  for (const tensor of entries.keys()) {
    const name = [tensor, `text_model.${tensor}`, modernName(tensor)].find(candidate => names.has(candidate));
    if (name === undefined) {
      if (!IGNORED.test(tensor)) unused.push(tensor);
    } else if (!tensorOf.has(name) || tensor === name) tensorOf.set(name, tensor);
  }
  const missing = parameters.filter(({ name }) => !tensorOf.has(name)).map(({ name }) => name);
  if (missing.length > 0) throw incomplete(missing, unused, place);

  const pairs = parameters.map(parameter => ({ parameter, tensor: tensorOf.get(parameter.name) ?? '' }));
  for (const { parameter, tensor } of pairs) checkShape(parameter, entries.get(tensor), place);
  return { pairs, unused };
}

/** Tensors that carry no weight of the text encoder: a buffer of old files, and the rest of a whole CLIP. */
const IGNORED = /(^|\.)position_ids$|^(vision_model|visual_projection|text_projection|logit_scale)\b/;

const FORMER_ATTENTION: Record<string, string> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

/** The VAE's attention as diffusers named it until May 2023, when it was brought in line with the UNet's. */
function modernName(tensor: string): string {
  return tensor.replace(
    /(\.attentions\.\d+\.)(query|key|value|proj_attn)(?=\.(?:weight|bias)$)/,
    (_, head: string, former: string) => head + FORMER_ATTENTION[former],
  );
}

/** A 1x1 convolution and a linear layer hold the same values: [o, i, 1, 1], [o, i, 1] and [o, i] are one. */
function checkShape(parameter: Parameter, entry: TensorEntry | undefined, place: string): void {
  if (entry && flat(entry.shape).join() === flat(parameter.shape).join()) return;
  throw new SweetspotError('E_MODEL', 'a weight has another shape than config.json asks for', {
    place: `${place}: ${parameter.name}`,
    allowed: `[${parameter.shape.join(', ')}]`,
    got: `[${entry?.shape.join(', ')}]`,
    hint: 'Weights and config.json come from different models',
  });
}

function flat(shape: readonly number[]): readonly number[] {
  let length = shape.length;
  while (length > 2 && shape[length - 1] === 1) length--;
  return shape.slice(0, length);
}

/** How many names a message lists. */
const LISTED = 3;

export function listNames(names: readonly string[]): string {
  const more = names.length - LISTED;
  return names.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function incomplete(missing: readonly string[], unused: readonly string[], place: string): SweetspotError {
  return new SweetspotError('E_MODEL', `${missing.length} of the model's weights are missing`, {
    place,
    allowed: listNames(missing),
    got:
      unused.length > 0 ? `${unused.length} it does not have: ${listNames(unused)}` : 'none in their place',
    hint: 'Weights and config.json come from different models, or the file is not complete',
  });
}

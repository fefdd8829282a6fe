import { CLIPTextModel } from './clipTextModel.ts';

/**
 * A text encoder with `rows` tokens, as transformers' `resize_token_embeddings` makes it: the last rows go, or new ones
 * come, filled with zeros until they are set. Every other weight is shared with the given one; the table is its own.
 */
export function resizeTokenEmbeddings(textEncoder: CLIPTextModel, rows: number): CLIPTextModel {
  const { config, parameters, tokenEmbeddings } = textEncoder;
  const resized = new CLIPTextModel({ ...config, vocabSize: rows });
  const values = new Float32Array(rows * config.hiddenSize);
  values.set(tokenEmbeddings.get().subarray(0, values.length));
  resized.parameters.forEach((parameter, i) => {
    const own = parameters[i];
    if (parameter === resized.tokenEmbeddings) parameter.set(values);
    else if (own) parameter.share(own);
  });
  return resized;
}

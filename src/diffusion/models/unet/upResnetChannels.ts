/**
 * Channels that enter each ResNet block of an up block: those of the hidden state plus those of the skip. The last skip
 * comes from the level above in size, which the way down entered with other channels.
 */
export function upResnetChannels(block: {
  inChannels: number;
  outChannels: number;
  prevOutputChannels: number;
  layers: number;
}): readonly number[] {
  const { inChannels, outChannels, prevOutputChannels, layers } = block;
  return Array.from({ length: layers }, (_, i) => {
    const hidden = i === 0 ? prevOutputChannels : outChannels;
    const skip = i === layers - 1 ? inChannels : outChannels;
    return hidden + skip;
  });
}

export type { Dtype } from './dtype.ts';
export type { TensorEntry } from './header.ts';
export { SafetensorsFile } from './safetensorsFile.ts';
export { type TensorToWrite, type WeightDtype, writeSafetensors } from './writeSafetensors.ts';

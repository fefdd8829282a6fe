export { type Clip, loadClip, readPreprocessor } from './loadClip.ts';
export { type LoadPipelineOptions, loadPipeline, withTokenizer } from './loadPipeline.ts';
export { loadVit } from './loadVit.ts';
export { type LoadWeightsOptions, loadWeights } from './loadWeights.ts';
export { type PipelineFolder, readPipelineFolder } from './pipelineFolder.ts';
export { type SaveOptions, saveTextEncoder, saveUnet, saveVae, writeClip } from './saveModel.ts';
export { savePipeline } from './savePipeline.ts';
export type { PartialPipeline, PipelinePart, StableDiffusionPipeline } from './stableDiffusionPipeline.ts';

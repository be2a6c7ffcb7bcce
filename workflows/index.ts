/** The registered workflows. */
export { runPart } from './run-part.ts';
export { runPipeline } from './run-pipeline.ts';

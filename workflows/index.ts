/** The registered workflows. */
export { runPipeline } from './run-pipeline.ts';

import type { Purchase } from '../../src/pipeline/result.ts';
import type { ModelCall } from '../calls.ts';
import type { CompletionRequest } from './provider.ts';

/**
 * What stands above every run: asked just before each request to a model's server, free ones too, and not for answers
 * that are there already. Throws `PipelineError` when nothing may be bought now; otherwise what it gives is told what
 * the request has cost, whatever became of it.
 */
export type MayBuy = (
  call: ModelCall,
  request: CompletionRequest,
  signal: AbortSignal,
) => Promise<(bought: Purchase) => Promise<void>>;

/** Nothing stands above a run's own budget. */
export const alwaysMayBuy: MayBuy = async () => async () => undefined;

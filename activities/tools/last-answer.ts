import type { Answer } from './http-body.ts';
import { exchange } from './http-exchange.ts';
import { callFailure } from './http-failure.ts';
import { type Hop, nextHop } from './http-hop.ts';
import type { Resolve } from './network-guard.ts';
import type { ToolContext } from './tool.ts';

/** Sends a request on until an answer is no redirect; each place that it goes to is checked anew. */
export async function lastAnswer(
  first: Hop,
  context: ToolContext,
  resolve: Resolve,
): Promise<{ hop: Hop; answer: Answer }> {
  let hop = first;
  let wasReached = false;
  const onConnected = (): void => {
    wasReached = true;
  };
  for (let redirects = 0; ; redirects += 1) {
    try {
      const answer = await exchange(hop, context, { resolve, onConnected });
      const next = nextHop(hop, answer, redirects);
      if (next === undefined) return { hop, answer };
      hop = next;
    } catch (error) {
      throw callFailure(error, hop, { context, wasReached });
    }
  }
}

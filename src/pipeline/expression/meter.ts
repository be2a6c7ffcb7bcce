import { PipelineError } from '../../errors.ts';

/** How many nodes and list elements one evaluation may touch. */
export const EVALUATION_NODES_MAX = 100_000;
/** The longest text or list (in characters of its JSON) that one evaluation may build. */
export const EVALUATION_CHARS_MAX = 1024 * 1024;

/** Text costs as much as a node for each so many characters. */
const CHARS_PER_NODE = 64;

/** Stops an evaluation that cannot go on. The caller of the evaluation adds which expression it was. */
export function fail(reason: string): never {
  throw new PipelineError('EXPRESSION_FAILED', reason);
}

/** Stops an evaluation that takes too much. */
export function exceed(reason: string): never {
  throw new PipelineError('EXPRESSION_LIMIT', reason);
}

/** Counts what an evaluation costs, and stops it when it costs too much. */
export class Meter {
  #nodesLeft = EVALUATION_NODES_MAX;

  spend(nodes: number): void {
    this.#nodesLeft -= nodes;
    if (this.#nodesLeft < 0) exceed('it takes more than 100,000 steps');
  }

  /** For text that is read through. */
  read(text: string): string {
    this.spend(Math.ceil(text.length / CHARS_PER_NODE));
    return text;
  }

  /** For text that is about to be built, or has just been. */
  build(chars: number): void {
    if (chars > EVALUATION_CHARS_MAX) exceed('it builds a value of more than 1,048,576 characters');
    this.spend(Math.ceil(chars / CHARS_PER_NODE));
  }
}

import { cardsFor } from '../../src/cards.ts';
import { loadConfig } from '../../src/config.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../src/pipeline/parse.ts';
import { PipelineError } from '../../src/errors.ts';
import { typicalPipeline } from './pipelines.ts';

/** Validates a typical pipeline a few times and prints the times; run by the harness as a process of its own. */
const LATER = 5;
const CODES_MAX = 5;

const text = typicalPipeline(Number(process.argv[2]));
const cards = cardsFor(loadConfig(process.env));
const [first = 0, ...later] = Array.from({ length: 1 + LATER }, validate);
console.log(JSON.stringify({ firstMs: first, laterMs: later, found: codesFound() }));

function validate(): number {
  const startedAt = performance.now();
  codesFound();
  return performance.now() - startedAt;
}

function codesFound(): string[] {
  try {
    makePlan(parsePipeline(text, 'bench.yaml'), cards);
    return [];
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return error.findings.map(({ code }) => code).slice(0, CODES_MAX);
  }
}

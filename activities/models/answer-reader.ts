import { type ErrorCode, PipelineError, type PipelineErrorOptions } from '../../src/errors.ts';
import { compileJsonSchema } from '../../src/pipeline/json-schema.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { quote } from '../quote.ts';
import type { Completion, CompletionRequest } from './provider.ts';
import { readStructuredOutput } from './structured-output.ts';

/** Makes an output of a model's answer; an error carries `facts`, since the answer was paid for. */
export type AnswerReader = (completion: Completion, facts: NonNullable<PipelineErrorOptions['facts']>) => Json;

/**
 * Prepares reading before the model is called, so that an impossible schema costs nothing.
 * Throws `SCHEMA_INVALID`; the reader throws `OUTPUT_REFUSED`, `OUTPUT_TRUNCATED` and `OUTPUT_INVALID`.
 */
export function answerReader(model: string, { outputSchema, maxOutputTokens }: CompletionRequest): AnswerReader {
  const faultsOf = outputSchema && compileJsonSchema(outputSchema);
  return ({ text, finishReason }, facts) => {
    const fail = (code: ErrorCode, reason: string) =>
      new PipelineError(code, `Cannot use the answer of model "${model}": ${reason}`, { facts });
    if (finishReason === 'refusal') throw fail('OUTPUT_REFUSED', `it declined to answer: ${quote(text)}`);
    if (faultsOf === undefined) return text;
    if (finishReason === 'length') {
      const limit = `the limit of ${maxOutputTokens} output tokens`;
      throw fail('OUTPUT_TRUNCATED', `its JSON was cut off at ${limit}; max_output_tokens allows more`);
    }
    const output = readStructuredOutput(text, faultsOf);
    if (!output.isValid) throw fail('OUTPUT_INVALID', `${output.reason}; it said ${quote(text)}`);
    return output.value;
  };
}

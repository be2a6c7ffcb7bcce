import { type ErrorCode, PipelineError } from '../../src/errors.ts';
import { compileJsonSchema } from '../../src/pipeline/json-schema.ts';
import type { ModelCall } from '../calls.ts';
import { quote } from '../quote.ts';
import type { Completion, CompletionRequest } from './provider.ts';
import { readStructuredOutput, type StructuredOutput } from './structured-output.ts';

/** Makes an output of a model's answer. One that is not valid may be repaired. */
export type AnswerReader = (completion: Completion) => StructuredOutput;

/**
 * Prepares reading before the model is called, so that an impossible schema costs nothing.
 * Throws `SCHEMA_INVALID`; the reader throws `OUTPUT_REFUSED` and `OUTPUT_TRUNCATED`, unless the step accepts such ends.
 */
export function answerReader(
  model: string,
  { outputSchema, maxOutputTokens }: CompletionRequest,
  accept: NonNullable<ModelCall['accept']> = [],
): AnswerReader {
  const faultsOf = outputSchema && compileJsonSchema(outputSchema);
  const fail = (code: ErrorCode, reason: string) => new PipelineError(code, unusable(model, reason));
  return ({ text, finishReason }) => {
    if (finishReason === 'refusal') {
      if (!accept.includes('refusal')) throw fail('OUTPUT_REFUSED', `it declined to answer: ${quote(text)}`);
      return { isValid: true, value: faultsOf === undefined ? text : null };
    }
    if (finishReason === 'length' && !accept.includes('length')) {
      const what = faultsOf === undefined ? 'it' : 'its JSON';
      const limit = `the limit of ${maxOutputTokens} output tokens`;
      throw fail('OUTPUT_TRUNCATED', `${what} was cut off at ${limit}; max_output_tokens allows more`);
    }
    return faultsOf === undefined ? { isValid: true, value: text } : readStructuredOutput(text, faultsOf);
  };
}

export function unusable(model: string, reason: string): string {
  return `Cannot use the answer of model "${model}": ${reason}`;
}

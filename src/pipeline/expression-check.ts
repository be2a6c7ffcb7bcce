import { ParseError } from '@marcbachmann/cel-js';
import type { ErrorCode } from '../errors.ts';
import { compileCode } from './expression/compile.ts';
import { ExpressionFault } from './expression/fault.ts';
import type { Names } from './expression/names.ts';
import { parseExpression, syntaxFaultOf } from './expression/parse.ts';
import { contentOf } from './expression/types.ts';
import type { JsonSchema } from './json.ts';
import type { Expression } from './plan.ts';

/** An expression that may run, or the one thing that keeps it from that. */
export type CheckedExpression =
  | {
      readonly ok: true;
      readonly expression: Expression;
      /** The best that is known of the result; `true` when only the run tells. Null may stand for any value. */
      readonly schema: JsonSchema;
    }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      /** Why, as the second half of a sentence. */
      readonly message: string;
      /** Where in the source, in characters from 0. */
      readonly offset: number;
    };

/**
 * Reads an expression and checks its names and types against the schemas of what it may read.
 * A field that a schema with `properties` does not declare is an error, unless it allows others; whether a field is
 * `required` plays no part: what is not there fails when the pipeline runs, and `has`, `coalesce` and `.?` ask first.
 */
export function checkExpression(source: string, names: Names): CheckedExpression {
  const reads = new Set<string>();
  const facts = { names, reads, needsHost: false };
  try {
    const { code, type } = compileCode(parseExpression(source), facts);
    const expression = { source, code, reads: [...reads].toSorted(), needsHost: facts.needsHost };
    return { ok: true, expression, schema: contentOf(type).schema };
  } catch (error) {
    const fault = error instanceof ParseError ? syntaxFaultOf(error, source) : error;
    if (!(fault instanceof ExpressionFault)) throw fault;
    return { ok: false, code: fault.code, message: fault.message, offset: fault.offset };
  }
}

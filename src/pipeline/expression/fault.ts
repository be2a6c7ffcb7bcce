import type { ASTNode } from '@marcbachmann/cel-js';
import type { ErrorCode } from '../../errors.ts';

/** Ends the check of an expression; never leaves `checkExpression`. */
export class ExpressionFault extends Error {
  readonly code: ErrorCode;
  readonly offset: number;

  constructor(code: ErrorCode, message: string, offset: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

export function typeFault(node: ASTNode, message: string): never {
  throw new ExpressionFault('EXPRESSION_TYPE', message, node.start);
}

/** For the field that a node reads: the library keeps in `pos` where its name stands. */
export function fieldFault(node: ASTNode, message: string): never {
  throw new ExpressionFault('EXPRESSION_TYPE', message, node.pos);
}

export function syntaxFault(node: ASTNode, message: string): never {
  throw new ExpressionFault('EXPRESSION_SYNTAX', message, node.start);
}

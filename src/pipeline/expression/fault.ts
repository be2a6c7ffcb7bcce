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
  // `pos` is where the field's name stands, and `start` where what it is a field of begins.
  throw new ExpressionFault('EXPRESSION_TYPE', message, node.op === '.' || node.op === '.?' ? node.pos : node.start);
}

export function syntaxFault(node: ASTNode, message: string): never {
  throw new ExpressionFault('EXPRESSION_SYNTAX', message, node.start);
}

import type { ASTNode } from '@marcbachmann/cel-js';
import type { Code } from '../plan.ts';
import type { Names } from './names.ts';
import type { StaticType } from './types.ts';

/** What a part of an expression does, and the type of its result. */
export interface Compiled {
  readonly code: Code;
  readonly type: StaticType;
}

/** What is found out about the whole expression on the way. */
export interface Facts {
  readonly names: Names;
  readonly reads: Set<string>;
  needsHost: boolean;
}

/** Compiles one part of an expression, with the loop variables that it may use. */
export interface Scope {
  readonly facts: Facts;
  readonly locals: Readonly<Record<string, StaticType>>;
  readonly compile: (node: ASTNode, locals?: Readonly<Record<string, StaticType>>) => Compiled;
}

/** A call, or what looks like one. A method's receiver is its first argument. */
export interface CallSite {
  readonly node: ASTNode;
  readonly name: string;
  readonly args: readonly ASTNode[];
  readonly scope: Scope;
}

export type NodeOf<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

import type { ASTNode } from '@marcbachmann/cel-js';
import { typeFault } from './fault.ts';
import {
  ANY,
  BOOLEAN,
  DURATION,
  INTEGER,
  NUMBER,
  STRING,
  TIMESTAMP,
  type Kind,
  type StaticType,
  choicesOf,
  isNumeric,
  itemOf,
  joined,
  listOf,
  shownKind,
} from './types.ts';
import type { Code } from '../plan.ts';
import { suggestion } from '../suggestion.ts';

interface Operand {
  readonly code: Code;
  readonly type: StaticType;
}

/** Two operands and what stands between them. */
export interface Operation {
  readonly symbol: string;
  readonly node: ASTNode;
  readonly left: Operand;
  readonly right: Operand;
}

/** The type of the result, or a fault when the operator cannot work on such operands. */
export function operatorType(operation: Operation): StaticType {
  switch (operation.symbol) {
    case '==':
    case '!=':
      return equality(operation);
    case 'in':
      return membership(operation);
    case '+':
      return timeType(operation) ?? addition(operation) ?? arithmetic(operation);
    case '-':
      return timeType(operation) ?? arithmetic(operation);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return order(operation);
    default:
      return arithmetic(operation);
  }
}

function equality(operation: Operation): StaticType {
  const { left, right, node, symbol } = operation;
  if (!isComparable(left.type, right.type)) {
    const never = symbol === '==' ? 'are never equal' : 'always differ';
    typeFault(node, `${shownKind(left.type)} and ${shownKind(right.type)} ${never}`);
  }
  refuseImpossibleChoice(operation, left.type, right.code);
  refuseImpossibleChoice(operation, right.type, left.code);
  return BOOLEAN;
}

function isComparable(left: StaticType, right: StaticType): boolean {
  const isFree = [left.kind, right.kind].some((kind) => kind === 'any' || kind === 'null' || kind === 'optional');
  return isFree || left.kind === right.kind || (isNumeric(left) && isNumeric(right));
}

/** `label == "bgu"`, where the schema of `label` lists what it may be. */
function refuseImpossibleChoice({ node }: Operation, type: StaticType, constant: Code): void {
  const choices = choicesOf(type);
  if (typeof constant !== 'string' || choices === undefined || choices.includes(constant)) return;
  const texts = choices.filter((choice) => typeof choice === 'string');
  typeFault(node, `"${constant}" is not among the values it is compared with${suggestion(constant, texts)}`);
}

function membership({ left, right, node }: Operation): StaticType {
  if (right.type.kind === 'list' && !isComparable(left.type, itemOf(right.type))) {
    typeFault(node, `${shownKind(left.type)} is never in a list of ${shownKind(itemOf(right.type))}`);
  }
  if (right.type.kind === 'map' && left.type.kind !== 'any' && left.type.kind !== 'string') {
    typeFault(node, `the keys of a map are text, not ${shownKind(left.type)}`);
  }
  if (['any', 'list', 'map'].includes(right.type.kind)) return BOOLEAN;
  const hint = right.type.kind === 'string' ? ': for a part of a text say text.contains(part)' : '';
  return typeFault(node, `"in" looks into a list or a map, not into ${shownKind(right.type)}${hint}`);
}

function addition({ left, right, node }: Operation): StaticType | undefined {
  const kinds = [left.type.kind, right.type.kind];
  if (kinds.every((kind) => kind === 'string' || kind === 'any') && kinds.includes('string')) return STRING;
  if (kinds.every((kind) => kind === 'list')) return listOf(joined([itemOf(left.type), itemOf(right.type)]));
  if (kinds.every((kind) => kind === 'list' || kind === 'any') && kinds.includes('list')) return listOf(ANY);
  if (!kinds.includes('string')) return undefined;
  return typeFault(
    node,
    `"+" cannot join ${shownKind(left.type)} and ${shownKind(right.type)}: say string(...) around what is not text`,
  );
}

/** Times: a timestamp and a duration give a timestamp, two of a kind a duration. */
function timeType({ symbol, left, right }: Operation): StaticType | undefined {
  const kinds = `${left.type.kind} ${symbol} ${right.type.kind}`;
  if (kinds === 'timestamp + duration' || kinds === 'duration + timestamp' || kinds === 'timestamp - duration') {
    return TIMESTAMP;
  }
  const isLength =
    kinds === 'timestamp - timestamp' || kinds === 'duration + duration' || kinds === 'duration - duration';
  return isLength ? DURATION : undefined;
}

function arithmetic({ symbol, left, right, node }: Operation): StaticType {
  const isPossible = [left.type, right.type].every((type) => type.kind === 'any' || isNumeric(type));
  if (!isPossible) typeFault(node, `"${symbol}" does not work on ${shownKind(left.type)} and ${shownKind(right.type)}`);
  const kinds = [left.type.kind, right.type.kind];
  if (kinds.includes('number')) return NUMBER;
  return kinds.includes('any') ? ANY : INTEGER;
}

function order({ symbol, left, right, node }: Operation): StaticType {
  const [first, second] = [left.type, right.type];
  const isOrdered = [first, second].every(({ kind }) => ORDERED.includes(kind));
  if (!isOrdered || !isComparable(first, second)) {
    typeFault(node, `"${symbol}" cannot compare ${shownKind(first)} and ${shownKind(second)}`);
  }
  return BOOLEAN;
}

const ORDERED: readonly Kind[] = ['any', 'string', 'boolean', 'integer', 'number', 'timestamp', 'duration'];

import type { ASTNode } from '@marcbachmann/cel-js';
import { compileCall, compileMethod } from './compile-call.ts';
import type { Json } from '../json.ts';
import type { Code } from '../plan.ts';
import { asNumber, namedValue, optionalAccess } from './compile-access.ts';
import { syntaxFault, typeFault } from './fault.ts';
import { operatorType } from './operator-types.ts';
import type { Compiled, Facts, Scope } from './scope.ts';
import {
  BOOLEAN,
  NUMBER,
  type StaticType,
  contentOf,
  isNumeric,
  joined,
  listOf,
  shownKind,
  typeOfConstant,
} from './types.ts';

/** What a tree does, and the type of its result. Throws an `ExpressionFault`. */
export function compileCode(root: ASTNode, facts: Facts): Compiled {
  const within = (locals: Readonly<Record<string, StaticType>>): Scope => ({
    facts,
    locals,
    compile: (node, more = {}) => compileNode(node, within({ ...locals, ...more })),
  });
  return within({}).compile(root);
}

function compileNode(node: ASTNode, scope: Scope): Compiled {
  switch (node.op) {
    case 'value':
      return constant(node, node.args);
    case 'id':
    case '.':
    case '[]':
      return namedValue(node, scope);
    case '.?':
    case '[?]':
      return optionalAccess(node, scope);
    case 'list': {
      const items = node.args.map((item) => scope.compile(item));
      return {
        code: ['list', ...items.map(({ code }) => code)],
        type: listOf(joined(items.map(({ type }) => contentOf(type)))),
      };
    }
    case 'map':
      return record(node.args, scope);
    case '?:':
      return ternary(node.args, scope);
    case 'call':
      return asNumber(compileCall(node, scope));
    case 'rcall':
      return asNumber(compileMethod(node, scope));
    case '-_':
      return negation(node, node.args, scope);
    case '!_':
      return not(node.args, scope);
    default:
      return operation(node, node.args, scope);
  }
}

function constant(node: ASTNode, value: unknown): Compiled {
  if (typeof value === 'bigint') return whole(node, Number(value));
  if (typeof value === 'number') {
    return {
      code: Number.isInteger(value) ? ['double', value] : value,
      type: NUMBER,
    };
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean')
    return { code: value, type: typeOfConstant(value) };
  return syntaxFault(node, 'there are no bytes and no unsigned numbers here: JSON has none');
}

function whole(node: ASTNode, value: number): Compiled {
  if (!Number.isSafeInteger(value)) return syntaxFault(node, 'whole numbers go up to ±9007199254740991');
  return { code: value, type: typeOfConstant(value) };
}

function negation(node: ASTNode, operand: ASTNode, scope: Scope): Compiled {
  const { code, type } = scope.compile(operand);
  if (type.kind !== 'any' && !isNumeric(type)) typeFault(node, `"-" needs a number, not ${shownKind(type)}`);
  return typeof code === 'number' ? { code: -code, type } : { code: ['negate', code], type };
}

function not(operand: ASTNode, scope: Scope): Compiled {
  return { code: ['!', condition(operand, scope, '"!"')], type: BOOLEAN };
}

function condition(node: ASTNode, scope: Scope, of: string): Code {
  const { code, type } = scope.compile(node);
  if (type.kind !== 'any' && type.kind !== 'boolean')
    typeFault(node, `${of} needs true or false, not ${shownKind(type)}`);
  return code;
}

function ternary([test, yes, no]: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Compiled {
  const code = condition(test, scope, '"? :"');
  const [first, second] = [scope.compile(yes), scope.compile(no)];
  return { code: ['?', code, first.code, second.code], type: joined([first.type, second.type]) };
}

function record(entries: readonly (readonly [ASTNode, ASTNode])[], scope: Scope): Compiled {
  const properties: Record<string, Json> = {};
  let isClosed = true;
  const code = entries.flatMap(([keyNode, valueNode]) => {
    const key = scope.compile(keyNode);
    const value = scope.compile(valueNode);
    if (key.type.kind !== 'any' && key.type.kind !== 'string')
      typeFault(keyNode, `the keys of a map are text, not ${shownKind(key.type)}`);
    if (typeof key.code === 'string' && key.code !== '__proto__') properties[key.code] = contentOf(value.type).schema;
    else isClosed = false;
    return [key.code, value.code];
  });
  return {
    code: ['record', ...code],
    type: { kind: 'map', schema: { type: 'object', properties, additionalProperties: !isClosed } },
  };
}

function operation(
  node: ASTNode & { readonly args: unknown },
  operands: readonly [ASTNode, ASTNode],
  scope: Scope,
): Compiled {
  const [left, right] = operands;
  if (node.op === '&&' || node.op === '||') {
    const sides = operands.map((operand) => condition(operand, scope, `"${node.op}"`));
    return { code: [node.op, ...sides], type: BOOLEAN };
  }
  const [first, second] = [scope.compile(left), scope.compile(right)];
  const type = operatorType({ symbol: node.op, node, left: first, right: second });
  return { code: [node.op, first.code, second.code], type };
}

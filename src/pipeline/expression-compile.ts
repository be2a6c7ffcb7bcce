import type { ASTNode } from '@marcbachmann/cel-js';
import { compileCall, compileMethod } from './expression-compile-call.ts';
import { ExpressionFault, syntaxFault, typeFault } from './expression-fault.ts';
import { type NameSchemas, type Resolution, resolveName } from './expression-names.ts';
import { operatorType } from './expression-operators.ts';
import {
  ANY,
  BOOLEAN,
  STRING,
  type StaticType,
  contentOf,
  fieldOf,
  fieldsOf,
  isNumeric,
  itemOf,
  joined,
  listOf,
  optionalOf,
  shownKind,
  typeOfConstant,
} from './expression-types.ts';
import type { Json } from './json.ts';
import type { Code } from './plan.ts';
import { suggestion } from './suggestion.ts';

export interface Compiled {
  readonly code: Code;
  readonly type: StaticType;
}

/** What is found out about the whole expression on the way. */
export interface Facts {
  readonly names: NameSchemas;
  readonly reads: Set<string>;
  needsHost: boolean;
}

/** Compiles one part of an expression, with the loop variables that it may use. */
export interface Scope {
  readonly facts: Facts;
  readonly locals: Readonly<Record<string, StaticType>>;
  readonly compile: (node: ASTNode, locals?: Readonly<Record<string, StaticType>>) => Compiled;
}

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
      return asNumber(named(node, scope));
    case '.?':
    case '[?]':
      return optionalAccess(node, scope);
    case 'list': {
      const items = node.args.map((item) => scope.compile(item));
      return {
        code: ['list', ...items.map(({ code }) => code)],
        type: listOf(items.length === 0 ? ANY : joined(items.map(({ type }) => contentOf(type)))),
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

/** Says at run time that a whole number is a double here, for JSON does not. */
function asNumber({ code, type }: Compiled): Compiled {
  const isDouble = type.kind === 'number' || (type.kind === 'optional' && contentOf(type).kind === 'number');
  return { code: isDouble ? ['double', code] : code, type };
}

function constant(node: ASTNode, value: unknown): Compiled {
  if (typeof value === 'bigint') return whole(node, Number(value));
  if (typeof value === 'number') {
    return {
      code: Number.isInteger(value) ? ['double', value] : value,
      type: { kind: 'number', schema: { type: 'number' } },
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

/** A name, or a field or item of something. */
function named(node: ASTNode, scope: Scope): Compiled {
  const segments = segmentsOf(node);
  const [root] = segments ?? [];
  if (segments === undefined || root === undefined || Object.hasOwn(scope.locals, root)) return access(node, scope);
  const resolution = resolveName(segments, scope.facts.names);
  switch (resolution.kind) {
    case 'value':
      scope.facts.reads.add(resolution.path);
      return { code: ['read', resolution.path], type: resolution.type };
    case 'group':
      return group(segments.join('.'), resolution, scope.facts);
    case 'inside':
      return access(node, scope);
    case 'refused':
      throw new ExpressionFault(resolution.code, resolution.message, node.start);
    default:
      return resolution satisfies never;
  }
}

function group(path: string, { members }: Resolution & { kind: 'group' }, facts: Facts): Compiled {
  const code: Code[] = ['record'];
  const properties: Record<string, Json> = {};
  for (const { name, type } of members) {
    facts.reads.add(`${path}.${name}`);
    code.push(name, ['read', `${path}.${name}`]);
    properties[name] = type.schema;
  }
  return { code, type: { kind: 'map', schema: { type: 'object', properties, additionalProperties: false } } };
}

function access(node: ASTNode, scope: Scope): Compiled {
  if (node.op === 'id') return { code: ['local', node.args], type: scope.locals[node.args] as StaticType };
  const { target, key, keyType } = partsOf(node, scope);
  if (target.type.kind !== 'optional') {
    return { code: ['get', target.code, key], type: memberType({ node, of: target.type, key, keyType }) };
  }
  const type = memberType({ node, of: contentOf(target.type), key, keyType });
  return { code: ['get', target.code, key], type: optionalOf(type) };
}

function optionalAccess(node: ASTNode, scope: Scope): Compiled {
  const { target, key, keyType } = partsOf(node, scope);
  const type = memberType({ node, of: contentOf(target.type), key, keyType });
  return asNumber({ code: ['get?', target.code, key], type: optionalOf(type) });
}

function partsOf(node: ASTNode, scope: Scope): { target: Compiled; key: Code; keyType: StaticType } {
  const [target, key] = node.args as [ASTNode, ASTNode | string];
  if (typeof key === 'string') return { target: scope.compile(target), key, keyType: STRING };
  const compiledKey = scope.compile(key);
  return { target: scope.compile(target), key: compiledKey.code, keyType: compiledKey.type };
}

interface Member {
  readonly node: ASTNode;
  readonly of: StaticType;
  readonly key: Code;
  readonly keyType: StaticType;
}

function memberType({ node, of, key, keyType }: Member): StaticType {
  if (of.kind === 'any') return ANY;
  if (of.kind === 'list') {
    if (keyType.kind === 'any' || isNumeric(keyType)) return itemOf(of);
    return typeFault(
      node,
      typeof key === 'string'
        ? `a list has no field "${key}": its items are read by number, or with map()`
        : `a list is read by number, not by ${shownKind(keyType)}`,
    );
  }
  if (of.kind !== 'map')
    return typeFault(node, `${shownKind(of)} has no ${typeof key === 'string' ? `field "${key}"` : 'items'}`);
  if (keyType.kind !== 'any' && keyType.kind !== 'string')
    return typeFault(node, `a map is read by text, not by ${shownKind(keyType)}`);
  if (typeof key !== 'string') return ANY;
  const fields = fieldsOf(of).map(([name]) => name);
  return fieldOf(of, key) ?? typeFault(node, `there is no field "${key}"${suggestion(key, fields)}`);
}

/** `steps.draft["output"]` → steps, draft, output; undefined when something in the way is computed. */
function segmentsOf(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [target, key] = node.args;
  const name = typeof key === 'string' ? key : key.op === 'value' ? key.args : undefined;
  const before = segmentsOf(target);
  return before === undefined || typeof name !== 'string' ? undefined : [...before, name];
}

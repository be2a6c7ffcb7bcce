import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '../json.ts';
import type { Code } from '../plan.ts';
import { suggestion } from '../suggestion.ts';
import { ExpressionFault, fieldFault } from './fault.ts';
import { type Resolution, resolveName } from './names.ts';
import type { Compiled, Facts, Scope } from './scope.ts';
import {
  ANY,
  STRING,
  type StaticType,
  contentOf,
  fieldOf,
  fieldsOf,
  isNumeric,
  itemOf,
  optionalOf,
  shownKind,
} from './types.ts';

/** A name, or a field or item of something. */
export function namedValue(node: ASTNode, scope: Scope): Compiled {
  return asNumber(named(node, scope));
}

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

/** `a.?b` and `a[?b]`. */
export function optionalAccess(node: ASTNode, scope: Scope): Compiled {
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
    return fieldFault(
      node,
      typeof key === 'string'
        ? `a list has no field "${key}": its items are read by number, or with map()`
        : `a list is read by number, not by ${shownKind(keyType)}`,
    );
  }
  if (of.kind !== 'map')
    return fieldFault(node, `${shownKind(of)} has no ${typeof key === 'string' ? `field "${key}"` : 'items'}`);
  if (keyType.kind !== 'any' && keyType.kind !== 'string')
    return fieldFault(node, `a map is read by text, not by ${shownKind(keyType)}`);
  if (typeof key !== 'string') return ANY;
  const fields = fieldsOf(of).map(([name]) => name);
  return fieldOf(of, key) ?? fieldFault(node, `there is no field "${key}"${suggestion(key, fields)}`);
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

/** Says at run time that a whole number is a double here, for JSON does not. */
export function asNumber({ code, type }: Compiled): Compiled {
  const isDouble = type.kind === 'number' || (type.kind === 'optional' && contentOf(type).kind === 'number');
  return { code: isDouble ? ['double', code] : code, type };
}

import type { ASTNode } from '@marcbachmann/cel-js';
import type { Code } from '../plan.ts';
import { typeFault } from './fault.ts';
import { isRoot } from './names.ts';
import type { CallSite, Compiled, NodeOf, Scope } from './scope.ts';
import { BOOLEAN, type StaticType, contentOf, itemOf, listOf, shownKind } from './types.ts';

/** `[loop, items, variable, condition]`, for `map` with the value behind the condition. */
export function compileLoop(site: CallSite): Compiled {
  const { node, name, args, scope } = site;
  const [over, variable, ...bodies] = args;
  const isComplete = bodies.length === 1 || (name === 'map' && bodies.length === 2);
  if (over === undefined || variable?.op !== 'id' || !isComplete) {
    return typeFault(node, `${name}() takes a variable and a condition or value, as in items.${name}(item, ...)`);
  }
  const items = scope.compile(over);
  if (!['any', 'list', 'map'].includes(items.type.kind))
    typeFault(over, `${name}() goes through a list or a map, not ${shownKind(items.type)}`);
  refuseShadow(variable, scope);
  return body({ ...site, args: bodies }, { items, variable: variable.args, item: itemOf(items.type) });
}

/** A loop variable that hides another name would be read for it by the next person. */
function refuseShadow(variable: NodeOf<'id'>, { locals, facts }: Scope): void {
  const name = variable.args;
  if (Object.hasOwn(locals, name) || isRoot(name, facts.names)) {
    typeFault(variable, `"${name}" is a name already: the variable of a loop needs a name of its own`);
  }
}

interface Loop {
  readonly items: Compiled;
  readonly variable: string;
  readonly item: StaticType;
}

function body({ name, args, scope }: CallSite, { items, variable, item }: Loop): Compiled {
  const locals = { [variable]: item };
  const last = args.at(-1) as ASTNode;
  const result = scope.compile(last, locals);
  const test = args.length === 2 ? (args[0] as ASTNode) : undefined;
  const filter = test === undefined ? null : truth(test, scope.compile(test, locals), name);
  const start = [name, items.code, variable] as const;
  if (name === 'map') return { code: [...start, filter, result.code], type: listOf(contentOf(result.type)) };
  const code = [...start, truth(last, result, name)];
  if (name !== 'filter') return { code, type: BOOLEAN };
  return { code, type: items.type.kind === 'list' ? items.type : listOf(item) };
}

function truth(node: ASTNode, { code, type }: Compiled, name: string): Code {
  if (type.kind !== 'any' && type.kind !== 'boolean')
    typeFault(node, `the condition of ${name}() must be true or false, not ${shownKind(type)}`);
  return code;
}

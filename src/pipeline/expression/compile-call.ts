import type { ASTNode } from '@marcbachmann/cel-js';
import { patternProblem } from '../expression-host.ts';
import type { Code } from '../plan.ts';
import { suggestion } from '../suggestion.ts';
import { compileLoop } from './compile-loop.ts';
import { FORMS, LOOPS } from './forms.ts';
import { typeFault } from './fault.ts';
import type { CallSite, Compiled, NodeOf, Scope } from './scope.ts';
import { type Parameter, SIGNATURES, type Signature, accepts } from './signatures.ts';
import { ANY, BOOLEAN, contentOf, joined, optionalOf, shownKind } from './types.ts';

const BY_NAME: ReadonlyMap<string, Signature> = new Map(SIGNATURES.map((signature) => [signature.name, signature]));

/** `f(a, b)`. */
export function compileCall(node: NodeOf<'call'>, scope: Scope): Compiled {
  const [name, args] = node.args;
  return callOf({ node, name, args, scope });
}

/** `a.f(b)` is `f(a, b)`, for every function; loops are written only so. */
export function compileMethod(node: NodeOf<'rcall'>, scope: Scope): Compiled {
  const [name, receiver, args] = node.args;
  if (LOOPS.includes(name)) return compileLoop({ node, name, args: [receiver, ...args], scope });
  if (receiver.op === 'id' && BY_NAME.has(`${receiver.args}.${name}`)) {
    return callOf({ node, name: `${receiver.args}.${name}`, args, scope });
  }
  return callOf({ node, name, args: [receiver, ...args], scope });
}

function callOf(site: CallSite): Compiled {
  const { name, args, scope } = site;
  if (name === 'has') return presence(site);
  if (name === 'coalesce') return firstPresent(site);
  if (name === 'orValue' || name === 'or') return alternative(site);
  const signature = BY_NAME.get(name);
  if (signature === undefined) return unknownFunction(site);
  const compiled = args.map((arg) => scope.compile(arg));
  checkArguments(site, signature, compiled);
  if (name === 'matches') {
    scope.facts.needsHost = true;
    checkPattern(args[1] as ASTNode, compiled[1]?.code);
  }
  const types = compiled.map(({ type }) => type);
  return { code: ['call', name, ...compiled.map(({ code }) => code)], type: signature.gives(types[0] ?? ANY, types) };
}

function unknownFunction({ node, name }: CallSite): never {
  const hint = LOOPS.includes(name)
    ? `: it stands behind a list, as in items.${name}(item, ...)`
    : suggestion(name, [...BY_NAME.keys(), ...FORMS.map((form) => form.name)]);
  return typeFault(node, `there is no function "${name}"${hint.startsWith(': there are') ? '' : hint}`);
}

function checkArguments({ node, args }: CallSite, signature: Signature, compiled: readonly Compiled[]): void {
  const { parameters, spare, isVariadic, usage } = signature;
  const isEnough = args.length >= parameters.length - spare;
  if (!isEnough || (args.length > parameters.length && !isVariadic)) {
    typeFault(node, `${usage} was given ${args.length} argument${args.length === 1 ? '' : 's'}`);
  }
  compiled.forEach(({ type }, index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)] as Parameter;
    if (accepts(parameter, type)) return;
    typeFault(
      args[index] as ASTNode,
      `${usage} does not take ${shownKind(type)} as its ${String(ORDINALS[index])} argument`,
    );
  });
}

const ORDINALS = ['first', 'second', 'third'];

function checkPattern(node: ASTNode, pattern: Code | undefined): void {
  const problem = typeof pattern === 'string' ? patternProblem(pattern) : undefined;
  if (problem !== undefined) typeFault(node, problem);
}

function presence({ node, args, scope }: CallSite): Compiled {
  const [operand] = args;
  const isField = operand !== undefined && ['.', '.?', '[]', '[?]'].includes(operand.op);
  if (!isField || args.length !== 1)
    return typeFault(node, 'has() takes one field, as in has(steps.draft.output.title)');
  return { code: ['has', scope.compile(operand).code], type: BOOLEAN };
}

function firstPresent({ node, args, scope }: CallSite): Compiled {
  if (args.length === 0) typeFault(node, 'coalesce(value, ...) was given 0 arguments');
  const compiled = args.map((arg) => scope.compile(arg));
  return {
    code: ['coalesce', ...compiled.map(({ code }) => code)],
    type: joined(compiled.map(({ type }) => contentOf(type))),
  };
}

function alternative({ node, name, args, scope }: CallSite): Compiled {
  const [value, other] = args;
  if (value === undefined || other === undefined || args.length !== 2) {
    return typeFault(node, `${name}() stands behind an optional value and takes one argument, as in a.?b.${name}(...)`);
  }
  const [first, second] = [scope.compile(value), scope.compile(other)];
  for (const [operand, type] of [
    [value, first.type],
    ...(name === 'or' ? [[other, second.type] as const] : []),
  ] as const) {
    if (type.kind !== 'any' && type.kind !== 'optional') {
      typeFault(
        operand,
        `${name}() needs an optional value such as a.?b, not ${shownKind(type)}: coalesce() takes any value`,
      );
    }
  }
  const type = joined([contentOf(first.type), contentOf(second.type)]);
  return { code: [name, first.code, second.code], type: name === 'or' ? optionalOf(type) : type };
}

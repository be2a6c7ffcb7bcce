import type { Plan } from '../plan.ts';
import { type Bytes, jsonBytes, SMALL_BYTES } from './bytes.ts';
import type { SizeOf } from './code-bytes.ts';
import { schemaBytes } from './schema-bytes.ts';

/** What can be read anywhere in a pipeline. `given` are the sizes of its inputs, where more is known than their schemas say. */
export function rootSizes({ inputs, vars }: Plan, given: Readonly<Record<string, Bytes>> = {}): SizeOf {
  return (path) => {
    const [root, name = ''] = path.split('.');
    if (root === 'vars') return jsonBytes(vars[name] ?? null);
    if (root === 'run') return SMALL_BYTES;
    const input = root === 'inputs' ? inputs[name] : undefined;
    if (input === undefined) return undefined;
    return given[name] ?? (input.files === undefined ? schemaBytes(input.schema) : undefined);
  };
}

/** Fields of a step that hold a word or a number. */
const SMALL_FIELDS: ReadonlySet<string> = new Set(
  'status model cost_usd attempts usage case rounds stopped'.split(' '),
);

/** The steps of a block, by what they give, and what is around them. `root` is `steps`, or `previous` for the round before. */
export function withSteps(around: SizeOf, root: 'steps' | 'previous', outputs: ReadonlyMap<string, Bytes>): SizeOf {
  return (path) => {
    const [first, id = '', field = ''] = path.split('.');
    if (first !== root || !outputs.has(id)) return around(path);
    if (SMALL_FIELDS.has(field)) return SMALL_BYTES;
    return field === 'output' ? outputs.get(id) : undefined;
  };
}

/** With names that a loop gives. */
export function withNames(around: SizeOf, names: Readonly<Record<string, Bytes>>): SizeOf {
  return (path) => (Object.hasOwn(names, path) ? names[path] : around(path));
}

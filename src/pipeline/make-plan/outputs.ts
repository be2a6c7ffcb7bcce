import type { Json, JsonSchema } from '../json.ts';
import type { Template } from '../plan.ts';
import { type Path, pathText, placeText, wrongValue } from '../problem.ts';
import { type Doubts, doubtIn, nullIn } from './doubts.ts';
import { compileAt, type Draft } from './draft.ts';
import { mapOf } from './step-names.ts';

/** What a block gives, or a run. */
export interface PlannedOutputs {
  readonly templates: Readonly<Record<string, Template>>;
  readonly schema: JsonSchema;
}

/** What is written under `outputs`, and where. */
export interface WrittenOutputs {
  readonly path: Path;
  readonly value: Readonly<Record<string, Json>>;
}

/** Compiles outputs, and warns of what may be null because a step may not be done. */
export function planOutputs(inside: Draft, { path, value }: WrittenOutputs, doubts: Doubts): PlannedOutputs {
  const outputs = Object.entries(value).map(([name, item]) => {
    return { name, ...compileAt(inside, { path: [...path, name], value: item }) };
  });
  for (const { name, template } of outputs) {
    const place = [...path, name];
    const doubt = doubtIn(template, doubts);
    if (doubt !== undefined)
      warn(inside, place, `Cannot promise ${placeText(place)}: ${doubt}, and then it has no value`);
    const read = nullIn(template, doubts);
    if (read !== undefined) {
      const why = `${read} is null when nothing comes in time, and fields of null cannot be read: use coalesce(…) or ".?"`;
      warn(inside, place, `Cannot promise ${placeText(place)} what it reads: ${why}`);
    }
  }
  return {
    templates: Object.fromEntries(outputs.map(({ name, template }) => [name, template])),
    schema: mapOf(Object.fromEntries(outputs.map(({ name, schema }) => [name, schema]))),
  };
}

/** What a block gives unless it says so: the output of each of its steps. */
export function defaultOutputs(ids: readonly string[], { names }: Draft): PlannedOutputs {
  const templates = ids.map((id): [string, Template] => {
    const name = `steps.${id}.output`;
    const expression = { source: name, code: ['read', name], reads: [name], needsHost: false } as const;
    return [id, { kind: 'expression', expression }];
  });
  const schemas = ids.map((id) => [id, names.schemas[`steps.${id}.output`] as JsonSchema]);
  return { templates: Object.fromEntries(templates), schema: mapOf(Object.fromEntries(schemas)) };
}

/** Warns of what steps read that need not be done. */
export function warnOfSettled(inside: Draft, { reasons }: Doubts): void {
  const told = new Set<string>();
  for (const { id, reader: path } of inside.block.settledReads) {
    const text = `${id} ${pathText(path)}`;
    if (!reasons.has(id) || told.has(text)) continue;
    told.add(text);
    const is = `step "${id}" ${reasons.get(id)}, and "join" lets this one go on without it`;
    warn(inside, path, `Cannot promise ${placeText(path)} what it reads: ${is}`);
  }
}

function warn({ warnings }: Draft, path: Path, message: string): void {
  warnings.push({ ...wrongValue('OUTPUT_MAY_BE_NULL', path, message), at: 'key', severity: 'warning' });
}

import type { CheckCard, ToolCard } from '../../pipeline/card.ts';
import { durationText } from '../../pipeline/duration.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import { inputTable, outputTable } from './keys.ts';
import { block, code, inlineYaml } from './markdown.ts';
import { typeText } from './types.ts';

/** What a tool does, takes and gives. */
export function toolSection({ name, description, effect, effectBy, input, output, timeoutMs }: ToolCard): string {
  const byField = effectBy === undefined ? '' : `, by its \`${effectBy.field}\`: ${effectsText(effect, effectBy)}`;
  return [
    `### ${name}`,
    description,
    `Effect: ${effect}${byField}. Time of one attempt: ${durationText(timeoutMs)} unless the step says otherwise.`,
    shapeText('It takes', input as JsonObject, inputTable),
    shapeText('It gives', output as JsonObject, outputTable),
  ].join('\n\n');
}

function effectsText(worst: string, { values, absent }: NonNullable<ToolCard['effectBy']>): string {
  const fields = Object.entries(values).map(([value, effect]) => `${code(value)} ${effect}`);
  return [...fields, `without it ${absent}`, `otherwise ${worst}`].join(', ');
}

/** What a check means and how it is written. */
export function checkSection({ name, description, options, readsOutput, example }: CheckCard): string {
  return [
    `### ${name}`,
    `${description}${readsOutput ? ' Its expressions may read `output`, the value that is judged.' : ''}`,
    shapeText('It takes', options as JsonObject, inputTable),
    block('yaml', `checks:\n  - ${name}: ${inlineYaml(example)}`),
  ].join('\n\n');
}

function shapeText(begin: string, schema: JsonObject, table: (schema: JsonObject) => string): string {
  return schema['properties'] === undefined ? `${begin} ${typeText(schema)}.` : `${begin}:\n\n${table(schema)}`;
}

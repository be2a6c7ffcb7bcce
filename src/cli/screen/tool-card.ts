import type { ToolCard } from '../../pipeline/card.ts';
import type { JsonObject, JsonSchema } from '../../pipeline/json.ts';
import { printable, printableLine } from './printable.ts';
import type { Table } from './table.ts';
import type { Lines, Paint } from './terminal.ts';

export function toolsTable(cards: readonly ToolCard[]): Table {
  return {
    columns: [{ head: 'TOOL' }, { head: 'EFFECT' }, { head: 'DESCRIPTION' }],
    rows: cards.map(({ name, effect, description }) => [
      { text: printableLine(name) },
      { text: effect },
      { text: printableLine(description), style: 'dim' },
    ]),
  };
}

export function toolLines(card: ToolCard, paint: Paint): Lines {
  const { name, description, input, output } = card;
  return [
    paint('bold', printableLine(name)),
    ...printable(description).split('\n'),
    '',
    `Effect   ${effectText(card)}`,
    `Limit    ${card.timeoutMs} ms for an attempt`,
    'Input',
    ...schemaLines(input),
    'Output',
    ...schemaLines(output),
  ];
}

/** What may hang on the input says so. */
function effectText({ effect, effectBy }: ToolCard): string {
  if (effectBy === undefined) return effect;
  const cases = Object.entries(effectBy.values).map(([value, does]) => `${does} for ${value}`);
  return `${effect}, by "${effectBy.field}": ${cases.join(', ')}, ${effectBy.absent} without it`;
}

function schemaLines(schema: JsonSchema): Lines {
  return printable(JSON.stringify(plain(schema), undefined, 2))
    .split('\n')
    .map((line) => `  ${line}`);
}

export function toolReport(card: ToolCard): JsonObject {
  const { name, description, effect, effectBy, timeoutMs, isOwn = false } = card;
  return {
    event: 'tool',
    name,
    description,
    effect,
    ...(effectBy === undefined ? {} : { effect_by: { ...effectBy } }),
    timeout_ms: timeoutMs,
    built_in: !isOwn,
    input: plain(card.input),
    output: plain(card.output),
  };
}

/** Which dialect of JSON Schema it is says nothing about the tool. */
function plain(schema: JsonSchema): JsonSchema {
  if (schema === true) return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
}

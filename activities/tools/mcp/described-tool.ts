import { createHash } from 'node:crypto';
import type { Tool as ListedTool } from '@modelcontextprotocol/client';
import { type Json, type JsonObject, canonicalJson } from '../../../src/pipeline/json.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import type { ToolCard } from '../../../src/pipeline/card.ts';
import type { Effect } from '../../../src/pipeline/plan.ts';
import { outputSchema } from './output.ts';
import { fitsPattern, type McpSettings } from './settings.ts';

/** A tool as its server describes it, checked: a server may say anything. */
export interface DescribedTool {
  /** As the server calls it. */
  readonly name: string;
  readonly card: ToolCard & { readonly schema: string };
  /** The JSON Schema of its structured results, where it has one. */
  readonly data?: JsonObject;
}

/** Names go into paths of calls, and to vendors of models. */
const NAME = /^[A-Za-z0-9_.-]{1,128}$/u;
const DESCRIPTION_CHARACTERS_MAX = 4096;
const SCHEMA_CHARACTERS_MAX = 64 * 1024;

/** The tools that the operator lets pipelines call. Those whose name or schema cannot be used are told to `refuse`. */
export function describeTools(
  listed: readonly ListedTool[],
  settings: McpSettings,
  refuse: (name: string, reason: string) => void,
): readonly DescribedTool[] {
  return listed
    .filter(({ name }) => settings.allow.some((pattern) => fitsPattern(name, pattern)))
    .flatMap((tool) => {
      const reason = faultOf(tool);
      if (reason === undefined) return [describe(tool, settings)];
      refuse(tool.name, reason);
      return [];
    });
}

function faultOf({ name, inputSchema, outputSchema: output }: ListedTool): string | undefined {
  if (!NAME.test(name)) return 'its name has other characters than letters, digits, "_", "-" and "."';
  for (const schema of [inputSchema, ...(output === undefined ? [] : [output])]) {
    if (JSON.stringify(schema).length > SCHEMA_CHARACTERS_MAX)
      return `a schema of it has more than ${SCHEMA_CHARACTERS_MAX} characters`;
    try {
      compileJsonSchema(withoutDialect(schema as JsonObject));
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

function describe(tool: ListedTool, settings: McpSettings): DescribedTool {
  const { name, description = '', inputSchema, outputSchema: output } = tool;
  const input = withoutDialect(inputSchema as JsonObject);
  const data = output === undefined ? undefined : withoutDialect(output as JsonObject);
  const card = {
    name: `mcp:${settings.name}/${name}`,
    description: plainText(description),
    effect: effectOf(tool, settings),
    input,
    output: outputSchema(data),
    timeoutMs: settings.timeoutMs,
    isOwn: true,
    schema: createHash('sha256')
      .update(canonicalJson([input, data ?? null] satisfies Json))
      .digest('hex'),
  } as const;
  return { name, card, ...(data && { data }) };
}

/** The schema as it is, but for the dialect that it claims: ours is read, of which theirs are a part. */
function withoutDialect(written: JsonObject): JsonObject {
  const { $schema: _, ...schema } = written;
  return schema;
}

/** A model reads it: what no person would see in it, it shall not see either. */
function plainText(description: string): string {
  const visible = description.replaceAll(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}]|(?![\n\t])\p{Cc}/gu, '');
  return visible.slice(0, DESCRIPTION_CHARACTERS_MAX);
}

/** What a server says of itself counts only where the operator trusts it. */
function effectOf({ name, annotations = {} }: ListedTool, { effects, trustsHints }: McpSettings): Effect {
  const said = effects.find(([pattern]) => fitsPattern(name, pattern))?.[1];
  if (said !== undefined) return said;
  if (trustsHints && annotations.readOnlyHint === true) return 'reads';
  return trustsHints && annotations.idempotentHint === true ? 'idempotent' : 'once';
}

import { createHash } from 'node:crypto';
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { FileRef } from '../../../src/pipeline/file-ref.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';
import type { ToolContext } from '../tool.ts';

type Content = CallToolResult['content'][number];

interface Resource {
  readonly uri: string;
  readonly name: string | null;
  readonly text: string | null;
}

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;

/** The JSON Schema of what a call gives; `data` is that of the server's structured results, where it has one. */
export function outputSchema(data: JsonObject = {}): JsonObject {
  // What a reference means hangs on where the schema stands: such a result is taken as it comes.
  const known = JSON.stringify(data).includes('"$ref"') ? {} : data;
  return closedMap({
    text: { ...text, description: 'All that was said in words' },
    data: { description: 'The structured result; null when there is none', ...known },
    files: listOf({ path: text, bytes: { type: 'integer' }, media_type: text }, 'Pictures, sound and other bytes'),
    resources: listOf({ uri: text, name: textOrNull, text: textOrNull }, 'What the server refers to'),
  });
}

function closedMap(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function listOf(properties: JsonObject, description: string): JsonObject {
  return { type: 'array', items: closedMap(properties), description };
}

/** What a server answered, as the output of a tool: bytes become files in the workspace of the run. */
export async function outputOf(
  { content, structuredContent }: CallToolResult,
  keepFile: ToolContext['keepFile'],
): Promise<Json> {
  const files: FileRef[] = [];
  for (const bytes of content.flatMap(bytesOf)) files.push(await keepFile(nameOf(bytes), bytes.data));
  return {
    text: wordsOf(content),
    data: (structuredContent ?? null) as Json,
    files,
    resources: content.flatMap(resourceOf),
  } as unknown as Json;
}

/** All that was said in words. */
export function wordsOf(content: readonly Content[]): string {
  return content.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('\n');
}

interface Bytes {
  readonly data: Buffer;
  readonly type: string;
}

function bytesOf(content: Content): readonly Bytes[] {
  if (content.type === 'image' || content.type === 'audio')
    return [{ data: Buffer.from(content.data, 'base64'), type: content.mimeType }];
  if (content.type !== 'resource' || !('blob' in content.resource)) return [];
  const { blob, mimeType = 'application/octet-stream' } = content.resource;
  return [{ data: Buffer.from(blob, 'base64'), type: mimeType }];
}

function resourceOf(content: Content): readonly Resource[] {
  if (content.type === 'resource_link') return [{ uri: content.uri, name: content.name, text: null }];
  if (content.type !== 'resource') return [];
  const { resource } = content;
  return [{ uri: resource.uri, name: null, text: 'text' in resource ? resource.text : null }];
}

/** The name is made of the bytes alone: nothing that a server says leads anywhere, and a repetition writes the same. */
function nameOf({ data, type }: Bytes): string {
  const [, ending = 'bin'] = /^\w+\/([a-z0-9]{1,8})$/u.exec(type) ?? [];
  return `${createHash('sha256').update(data).digest('hex').slice(0, 16)}.${ending}`;
}

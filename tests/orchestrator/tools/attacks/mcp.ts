import type { ErrorCode } from '../../../../src/errors.ts';
import type { Json } from '../../../../src/pipeline/json.ts';

interface Attack {
  readonly name: string;
  readonly tool: string;
  readonly input: Json;
  readonly code: ErrorCode;
  readonly message?: RegExp;
}

/** What `mcp-server.ts`, called `hostile`, and servers at addresses that are not public try; `TOKEN` of it is a secret. */
export const MCP_ATTACKS: readonly Attack[] = [
  {
    name: 'a name that is a path',
    tool: 'mcp:hostile/../../etc/passwd',
    input: {},
    code: 'TOOL_UNKNOWN',
    message: /it cannot be used: its name has other characters/,
  },
  { name: 'a name of two words', tool: 'mcp:hostile/two words', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'the name of a prototype', tool: 'mcp:hostile/__proto__', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'the name of a constructor', tool: 'mcp:hostile/constructor', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'a server called like a prototype', tool: 'mcp:__proto__/echo', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'a tool without a name', tool: 'mcp:hostile/', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'a tool that is not on the list', tool: 'mcp:hostile/forbidden', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'a star in a call', tool: 'mcp:hostile/*', input: {}, code: 'TOOL_UNKNOWN' },
  { name: 'input that is no map', tool: 'mcp:hostile/strict', input: 'a', code: 'TOOL_INPUT_INVALID' },
  { name: 'keys that nobody declared', tool: 'mcp:hostile/strict', input: { b: 1 }, code: 'TOOL_INPUT_INVALID' },
  {
    name: 'the prototype as a key',
    tool: 'mcp:hostile/strict',
    input: JSON.parse('{"__proto__":{"a":"b"}}') as Json,
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'a pattern that takes for ever',
    tool: 'mcp:hostile/slow_pattern',
    input: { a: `${'a'.repeat(50_000)}!` },
    code: 'TOOL_INPUT_INVALID',
    message: /must match pattern/,
  },
  {
    name: 'a pattern that is not linear',
    tool: 'mcp:hostile/lookahead',
    input: { a: 'b' },
    code: 'TOOL_UNKNOWN',
    message: /Cannot use a JSON Schema/,
  },
  {
    name: 'a schema that is fetched',
    tool: 'mcp:hostile/remote_schema',
    input: {},
    code: 'TOOL_UNKNOWN',
    message: /can't resolve reference/,
  },
  {
    name: 'a schema without end',
    tool: 'mcp:hostile/long_schema',
    input: {},
    code: 'TOOL_UNKNOWN',
    message: /more than 65536 characters/,
  },
  { name: 'a result that floods', tool: 'mcp:hostile/huge', input: {}, code: 'MCP_UNAVAILABLE' },
  {
    name: 'a result that is nested without end',
    tool: 'mcp:hostile/deep',
    input: {},
    code: 'TOOL_OUTPUT_INVALID',
    message: /nested more than/,
  },
  { name: 'a result that is none', tool: 'mcp:hostile/no_result', input: {}, code: 'TOOL_OUTPUT_INVALID' },
  {
    name: 'data that is not what the server promised',
    tool: 'mcp:hostile/other_data',
    input: {},
    code: 'TOOL_OUTPUT_INVALID',
  },
  {
    name: 'a secret in an error',
    tool: 'mcp:hostile/tells_secret',
    input: {},
    code: 'TOOL_FAILED',
    message: /the token is \[secret\]$/,
  },
  {
    name: 'a secret in base64 in an error',
    tool: 'mcp:hostile/tells_secret_in_base64',
    input: {},
    code: 'TOOL_FAILED',
    message: /Basic \S*\[secret\]/,
  },
  { name: 'a loopback address', tool: 'mcp:loopback/any', input: {}, code: 'NETWORK_REFUSED' },
  { name: 'a decimal address', tool: 'mcp:decimal/any', input: {}, code: 'NETWORK_REFUSED' },
  { name: 'the address of metadata', tool: 'mcp:metadata/any', input: {}, code: 'NETWORK_REFUSED' },
  { name: 'a name of this machine', tool: 'mcp:named/any', input: {}, code: 'NETWORK_REFUSED' },
  { name: 'another scheme', tool: 'mcp:file/any', input: {}, code: 'NETWORK_REFUSED' },
  { name: 'a password in a URL', tool: 'mcp:password/any', input: {}, code: 'NETWORK_REFUSED' },
];

import type { Effect } from '../../../src/pipeline/plan.ts';

/** How a server is reached: a program that is started, or a URL. Values of `env` and `headers` may hold `${{ secrets.NAME }}`. */
export type McpReach =
  | {
      readonly kind: 'program';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | { readonly kind: 'url'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** What the operator says of one server. */
export interface McpSettings {
  readonly name: string;
  readonly reach: McpReach;
  /** Names of tools that may be called, with `*` for any text. */
  readonly allow: readonly string[];
  /** What tools do, by name, with `*` for any text; the first that fits counts. */
  readonly effects: readonly (readonly [pattern: string, effect: Effect])[];
  /** Whether what the server says of its tools' effects is believed. */
  readonly trustsHints: boolean;
  /** The default time of a call. */
  readonly timeoutMs: number;
}

/** Whether a name is one of those that a pattern means. */
export function fitsPattern(name: string, pattern: string): boolean {
  const [start, ...rest] = pattern.split('*') as [string, ...string[]];
  if (rest.length === 0) return name === pattern;
  const end = rest.pop() as string;
  if (!name.startsWith(start) || !name.endsWith(end) || name.length < start.length + end.length) return false;
  return holdsInOrder(name.slice(start.length, name.length - end.length), rest);
}

/** Greedy from the left: an earlier place never leaves less room for the texts that follow. */
function holdsInOrder(name: string, texts: readonly string[]): boolean {
  let from = 0;
  for (const text of texts) {
    const at = name.indexOf(text, from);
    if (at < 0) return false;
    from = at + text.length;
  }
  return true;
}

/** The server and the tool of a name such as `mcp:docs/search`; undefined when it is no such name. */
export function splitMcpName(name: string): { readonly server: string; readonly tool: string } | undefined {
  const [, server, tool] = /^mcp:([^/]+)\/(.+)$/su.exec(name) ?? [];
  return server === undefined || tool === undefined ? undefined : { server, tool };
}

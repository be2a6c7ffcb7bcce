import { effectOf } from '../card.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { ToolStepPlan } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import { suggestion } from '../suggestion.ts';
import { type Draft, compileAt } from './draft.ts';
import { fitProblems } from './fit.ts';

/** Of a tool that does not exist. */
const TIMEOUT_MS = 60_000;

export interface PlannedToolCall {
  readonly call: Pick<ToolStepPlan, 'tool' | 'effect' | 'with' | 'timeoutMs' | 'schema'>;
  readonly output: JsonSchema;
}

/** The call of a tool, its name and its input being keys of the map at `path`. Its input may hold secrets. */
export function planToolCall(
  draft: Draft,
  path: Path,
  { tool, with: input = {} }: { readonly tool: string; readonly with?: Readonly<Record<string, Json>> | undefined },
): PlannedToolCall {
  const card = draft.cards.tools.find(({ name }) => name === tool);
  const place = { path: [...path, 'with'], value: input };
  const { template, schema: filledIn } = compileAt(draft, place, { allowSecrets: true });
  if (card === undefined) {
    reportUnknownTool(draft, [...path, 'tool'], tool);
    return { call: { tool, effect: 'once', with: template, timeoutMs: TIMEOUT_MS }, output: true };
  }
  draft.problems.push(...fitProblems({ ...place, filledIn, schema: card.input }, draft.schemas));
  const { timeoutMs, output, schema } = card;
  if (card.isOwn === true) draft.needs.tools.add(tool);
  const call = { tool, effect: effectOf(card, template), with: template, timeoutMs };
  return { call: schema === undefined ? call : { ...call, schema }, output };
}

/** There is no such tool. */
export function reportUnknownTool({ cards, problems }: Draft, path: Path, tool: string): undefined {
  const names = cards.tools.map(({ name }) => name);
  const [, server] = /^mcp:([^/]*)/u.exec(tool) ?? [];
  const isKnown = server === undefined || names.some((name) => name.startsWith(`mcp:${server}/`));
  const is = isKnown
    ? `there is no tool ${valueText(tool)}${suggestion(tool, names)}`
    : `no tool of an MCP server ${valueText(server)} is known, such a server is named under "mcp" in orchestrator.config.ts`;
  problems.push(wrongValue('TOOL_UNKNOWN', path, `Cannot use ${placeText(path)}: ${is}`));
}

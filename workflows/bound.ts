import type { ToolAnswer } from '../activities/calls.ts';
import { PipelineError } from '../src/errors.ts';
import type { FileRef } from '../src/pipeline/file-ref.ts';
import type { Json } from '../src/pipeline/json.ts';
import type { Amount } from '../src/pipeline/ledger.ts';
import type { ModelCandidate } from '../src/pipeline/model-plan.ts';
import type { QuestionPlan, Template } from '../src/pipeline/plan.ts';
import { SHOWN_BYTES_MAX } from '../src/pipeline/shown-answer.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { worstCase } from '../src/pipeline/worst-case.ts';
import { renderValue, type Place } from './call.ts';
import { isLimited } from './money.ts';
import type { RunState } from './run-state.ts';

/** Of a conversation with tools: what is sent besides what the step says. */
export interface TurnSent {
  /** The turns so far, in UTF-8 bytes. */
  readonly transcriptBytes: number;
  /** How many turns these are. */
  readonly messages: number;
  readonly answers: readonly ToolAnswer[];
}

interface Asked {
  readonly step: QuestionPlan;
  readonly candidate: ModelCandidate;
  readonly turn?: TurnSent;
}

/** The most that one attempt of a call may use; undefined where nothing limits what is spent. */
export async function boundOf(
  state: RunState,
  place: Place,
  { step, candidate, turn = NO_TURN }: Asked,
): Promise<Amount | undefined> {
  if (state.money === undefined) return undefined;
  const { isPaid, price, provider } = candidate;
  if (isPaid && price === undefined && isLimited(state.money, place.path, 'nanoUsd')) throw unknownPrice(candidate);
  const { system, prompt, messages = [], attach = [], output, tools = [], maxOutputTokens } = step;
  const texts = [system, prompt, output, ...messages.map(({ text }) => text)];
  const rendered = await renderAll(state, place, texts);
  const files = await renderAll(state, place, attach);
  const attached = 'inline' in files ? attachedIn(files.inline) : { images: 0, bytes: files.artifact.bytes };
  const offered = tools.map(({ tool, description, input }) => ({ tool, description, input }));
  const answered = turn.answers.map((answer) =>
    'output' in answer ? Math.min(bytesOf(answer.output), SHOWN_BYTES_MAX) : jsonBytes(answer.error),
  );
  // Twice: a model that cannot call tools by itself is told of them in words, and by the schema of its answer.
  const toolBytes = 2 * jsonBytes(offered);
  const bytes = [bytesOf(rendered), attached.bytes, toolBytes, turn.transcriptBytes, ...answered];
  return worstCase(
    {
      provider,
      bytes: bytes.reduce((sum, each) => sum + each, 0),
      messages: texts.length + attach.length + turn.messages + turn.answers.length,
      images: attached.images,
      tools: tools.length,
      isStructured: output !== undefined || tools.length > 0,
      maxOutputTokens,
    },
    price,
  );
}

const NO_TURN: TurnSent = { transcriptBytes: 0, messages: 0, answers: [] };

function renderAll(state: RunState, place: Place, templates: readonly (Template | undefined)[]): Promise<StoredValue> {
  const items = templates.filter((template) => template !== undefined);
  return renderValue(state, place, { kind: 'list', items });
}

/** Pictures are counted, the text of other files is measured. A list that lives in the store is short of neither: the call is refused when it is. */
function attachedIn(files: Json): { readonly images: number; readonly bytes: number } {
  const all = [files].flat(2) as unknown as readonly FileRef[];
  const images = all.filter(({ media_type }) => media_type.startsWith('image/')).length;
  return {
    images,
    bytes: all.reduce((sum, { bytes, media_type }) => sum + (media_type.startsWith('image/') ? 0 : bytes), 0),
  };
}

/** Of the JSON of a value: never less than of its text. */
function bytesOf(value: StoredValue): number {
  return 'inline' in value ? jsonBytes(value.inline) : value.artifact.bytes;
}

function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

function unknownPrice({ provider, model }: ModelCandidate): PipelineError {
  const message = `Cannot keep to a budget in dollars: the price of ${provider}/${model} is not known, budget tokens instead`;
  return new PipelineError('PRICE_UNKNOWN', message);
}

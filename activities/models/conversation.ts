import { compileJsonSchema } from '../../src/pipeline/json-schema.ts';
import { jsonToText } from '../../src/pipeline/expression/value.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { ModelCandidate } from '../../src/pipeline/model-plan.ts';
import { SHOWN_CHARACTERS_MAX } from '../../src/pipeline/shown-answer.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { ModelCallResult, ModelTurn, ToolAnswer, WantedTool } from '../calls.ts';
import { keepValue, loadValue } from '../values.ts';
import { isAble } from './able.ts';
import { refuseImages, withFiles } from './attachments.ts';
import { CALLS_MAX, callsText, emulatedSchema, emulationInWords } from './emulated-tools.ts';
import type { CompletionRequest, Message, OfferedTool, OriginalTurn, Provider } from './provider.ts';
import { keepLink, loadTranscript, type KeptCall, type KeptTurn, type Opening } from './transcript.ts';

/** A conversation at the beginning of one of its turns. */
export interface Conversation {
  readonly opening: Opening;
  readonly turns: readonly KeptTurn[];
  /** Those that the turn brings itself. */
  readonly news: readonly KeptTurn[];
  readonly turn: ModelTurn;
}

export interface Room {
  readonly store: ArtifactStore;
  readonly tenant: string;
}

/** The conversation with what is new: the question in the first turn, what tools gave in the others. */
export async function openConversation(
  room: Room,
  turn: ModelTurn,
  begin: () => Promise<Pick<Conversation, 'opening' | 'news'>>,
): Promise<Conversation> {
  const { transcript, answers, remark } = turn;
  if (transcript === undefined) {
    const { opening, news } = await begin();
    return { opening, news, turns: news, turn };
  }
  const { opening, turns } = await loadTranscript(room, transcript);
  const news: readonly KeptTurn[] = [
    remark === undefined ? { role: 'tools', answers } : { role: 'user', text: remark },
  ];
  return { opening, news, turns: [...turns, ...news], turn };
}

type TurnRequest = Pick<CompletionRequest, 'system' | 'messages' | 'tools' | 'outputSchema'>;

/** What a model is sent. Where it cannot ask for tools by itself, the form of its answers lets it. */
export async function turnRequest(
  room: Room,
  { opening, turns }: Conversation,
  isNative: boolean,
): Promise<TurnRequest> {
  const messages = await sentMessages(room, turns, isNative);
  const { system, outputSchema, tools } = opening;
  if (!isNative) {
    const words = emulationInWords(opening);
    const all = system === undefined ? words : `${system}\n\n${words}`;
    return { system: all, messages, outputSchema: emulatedSchema(opening) };
  }
  return {
    ...(system === undefined ? {} : { system }),
    messages,
    tools: tools.map(offered),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}

function offered({ tool, description, input }: ModelTurn['tools'][number]): OfferedTool {
  return { name: vendorName(tool), description, input: input as OfferedTool['input'] };
}

/** Vendors take letters, digits, `_` and `-`. */
function vendorName(tool: string): string {
  return tool.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
}

/** The tool that a vendor's name means; what means none stays as it is. */
export function toolNamed({ tools }: Opening, name: string): string {
  return tools.find(({ tool }) => vendorName(tool) === name)?.tool ?? name;
}

export async function sentMessages(
  room: Room,
  turns: readonly KeptTurn[],
  isNative: boolean,
): Promise<readonly Message[]> {
  return (await Promise.all(turns.map((turn) => messagesOf(room, turn, isNative)))).flat();
}

async function messagesOf(room: Room, turn: KeptTurn, isNative: boolean): Promise<readonly Message[]> {
  switch (turn.role) {
    case 'user':
      return [{ role: 'user', ...(await withFiles(room, { text: turn.text, files: turn.files ?? [] })) }];
    case 'assistant':
      return [isNative ? nativeTurn(turn) : { role: 'assistant', text: emulatedText(turn) }];
    case 'tools': {
      const texts = await Promise.all(turn.answers.map((answer) => answerText(room, answer)));
      if (isNative) return turn.answers.map((answer, index) => nativeAnswer(answer, texts[index] as string));
      const said = turn.answers.map(({ tool, ...rest }, index) => {
        return 'error' in rest ? `${tool} failed: ${texts[index]}` : `Result of ${tool}: ${texts[index]}`;
      });
      return [{ role: 'user', text: said.join('\n\n') }];
    }
  }
}

type AssistantTurn = Extract<KeptTurn, { role: 'assistant' }>;

function emulatedText({ text, calls }: AssistantTurn): string {
  return calls.length === 0 ? text : callsText(calls);
}

function nativeTurn({ text, calls, original }: AssistantTurn): Message {
  const toolRequests = calls.map(({ id, tool, input }) => ({ id, name: vendorName(tool), input }));
  return {
    role: 'assistant',
    text,
    ...(toolRequests.length === 0 ? {} : { toolRequests }),
    ...(original === undefined ? {} : { original }),
  };
}

function nativeAnswer(answer: ToolAnswer, text: string): Message {
  const { id, tool } = answer;
  return { role: 'tool', id, name: vendorName(tool), text, isFailure: 'error' in answer };
}

async function answerText({ store, tenant }: Room, answer: ToolAnswer): Promise<string> {
  if ('error' in answer) return `${answer.error.code} ${answer.error.message}`;
  const text = jsonToText(await loadValue(store, tenant, answer.output));
  if (text.length <= SHOWN_CHARACTERS_MAX) return text;
  return `${text.slice(0, SHOWN_CHARACTERS_MAX)}\n(cut: the first ${SHOWN_CHARACTERS_MAX} of ${text.length} characters)`;
}

/** Pictures go to models that take them. Throws `ATTACHMENT_REFUSED`. */
export async function checkPictures(
  turns: readonly KeptTurn[],
  { provider, candidate }: { readonly provider: Provider; readonly candidate: ModelCandidate },
): Promise<void> {
  const files = turns.flatMap((turn) => (turn.role === 'user' ? (turn.files ?? []) : []));
  if (files.length === 0) return;
  if ((await isAble(provider, candidate, 'images')) === false)
    refuseImages(files, `${candidate.provider}/${candidate.model}`);
}

/** What a model said in a turn. */
export interface TurnSaid {
  readonly text: string;
  readonly calls: readonly KeptCall[];
  readonly original?: OriginalTurn;
}

type Kept = Pick<ModelCallResult, 'wanted' | 'refused' | 'transcript'>;

/** Keeps what a turn adds, and tells which calls fit the schemas of their tools. */
export async function keepTurn(
  room: Room,
  { opening, news, turn }: Conversation,
  { text, calls, original }: TurnSaid,
): Promise<Kept> {
  const said: KeptTurn = { role: 'assistant', text, calls, ...(original === undefined ? {} : { original }) };
  const turns = [...news, said];
  const { transcript: before } = turn;
  const transcript = await keepLink(room, before === undefined ? { opening, turns } : { before, turns });
  if (calls.length === 0) return { transcript };
  const judged = calls.map((call, index) => ({ call, error: errorOf(opening, call, index) }));
  const fitting = judged.filter(({ error }) => error === undefined);
  const wanted = fitting.map(async ({ call: { id, tool, input } }): Promise<WantedTool> => {
    return { id, tool, input: await keepValue(room.store, room.tenant, input) };
  });
  const refused = judged.flatMap(({ call: { id, tool }, error }) => (error === undefined ? [] : [{ id, tool, error }]));
  return { transcript, wanted: await Promise.all(wanted), ...(refused.length === 0 ? {} : { refused }) };
}

type ToolFault = Extract<ToolAnswer, { readonly error: unknown }>['error'];

/** Why a call cannot be made as it is. */
function errorOf({ tools }: Opening, { tool, input }: KeptCall, index: number): ToolFault | undefined {
  const cannot = `Cannot call tool "${tool}":`;
  if (index >= CALLS_MAX)
    return { code: 'TOOL_REFUSED', message: `${cannot} at most ${CALLS_MAX} calls are made in a turn` };
  const offer = tools.find((each) => each.tool === tool);
  if (offer === undefined) {
    const names = tools.map((each) => each.tool).join(', ');
    return { code: 'TOOL_UNKNOWN', message: `${cannot} there is no such tool, there are ${names}` };
  }
  const faults = compileJsonSchema(offer.input)(input satisfies Json);
  return faults.length === 0 ? undefined : { code: 'TOOL_INPUT_INVALID', message: `${cannot} ${faults.join('; ')}` };
}

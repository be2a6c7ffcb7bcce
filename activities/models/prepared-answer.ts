import { jsonToText } from '../../src/pipeline/expression/value.ts';
import { compileJsonSchema } from '../../src/pipeline/json-schema.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { ModelCall, ModelCallResult } from '../calls.ts';
import { keepValue } from '../values.ts';
import { answerReader, type AnswerReader } from './answer-reader.ts';
import type { PreparedRequest } from './completion-request.ts';
import { keepTurn, toolNamed, type Room } from './conversation.ts';
import { readEmulated } from './emulated-tools.ts';
import type { Completion } from './provider.ts';
import { readStructuredOutput, type StructuredOutput } from './structured-output.ts';
import type { KeptCall } from './transcript.ts';

/** As `answerReader`, for a turn of a conversation too: there, calls are an answer that is as good as any. */
export function preparedReader(
  model: string,
  { request, conversation }: PreparedRequest,
  accept: ModelCall['accept'],
): AnswerReader {
  if (conversation === undefined) return answerReader(model, request, accept);
  const { outputSchema } = conversation.opening;
  if (conversation.isNative) {
    const read = answerReader(model, request, accept);
    return (completion) =>
      completion.finishReason === 'tools' ? { isValid: true, value: completion.text } : read(completion);
  }
  const faultsOf = outputSchema === undefined ? undefined : compileJsonSchema(outputSchema);
  const { outputSchema: _, ...asText } = request;
  const end = answerReader(model, asText, accept);
  return (completion) => {
    const { value: text } = end(completion) as Extract<StructuredOutput, { isValid: true }>;
    if (completion.finishReason === 'refusal') return { isValid: true, value: faultsOf === undefined ? text : null };
    return readTurn(completion, conversation.turn.number, (answer) => {
      if (faultsOf === undefined) return { isValid: true, value: jsonToText(answer) };
      const faults = faultsOf(answer);
      return faults.length === 0 ? { isValid: true, value: answer } : { isValid: false, reason: faults.join('; ') };
    });
  };
}

function readTurn({ text }: Completion, turn: number, judge: (answer: Json) => StructuredOutput): StructuredOutput {
  const read = readStructuredOutput(text, () => []);
  if (!read.isValid) return read;
  const said = readEmulated(read.value, turn);
  if (said === undefined) return { isValid: false, reason: 'it holds neither "calls" nor an "answer"' };
  return 'calls' in said ? { isValid: true, value: '' } : judge(said.answer);
}

type Kept = Pick<ModelCallResult, 'output' | 'finishReason' | 'wanted' | 'refused' | 'transcript'>;

/** Keeps an answer that the reader let through. */
export async function keepAnswer(
  room: Room,
  { conversation }: PreparedRequest,
  { completion, value }: { readonly completion: Completion; readonly value: Json },
): Promise<Kept> {
  const output = await keepValue(room.store, room.tenant, value);
  const { finishReason, original } = completion;
  if (conversation === undefined) return { output, finishReason };
  const calls = callsOf(completion, conversation);
  const said = { text: jsonToText(value), calls, ...(original === undefined ? {} : { original }) };
  const kept = await keepTurn(room, conversation, said);
  return { output, finishReason: calls.length > 0 ? 'tools' : finishReason, ...kept };
}

function callsOf(
  { finishReason, toolRequests = [], text }: Completion,
  { opening, turn, isNative }: NonNullable<PreparedRequest['conversation']>,
): readonly KeptCall[] {
  if (isNative) {
    if (finishReason !== 'tools') return [];
    return toolRequests.map(({ id, name, input }) => ({ id, tool: toolNamed(opening, name), input }));
  }
  const read = readStructuredOutput(text, () => []);
  const said = read.isValid && finishReason !== 'refusal' ? readEmulated(read.value, turn.number) : undefined;
  return said !== undefined && 'calls' in said ? said.calls : [];
}

import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import { jsonToText } from '../../src/pipeline/expression/value.ts';
import type { Json, JsonObject } from '../../src/pipeline/json.ts';
import type { MessagePlan } from '../../src/pipeline/model-plan.ts';
import type { Template } from '../../src/pipeline/plan.ts';
import { renderTemplate } from '../../src/pipeline/template.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { ModelCall } from '../calls.ts';
import { isAble } from './able.ts';
import { attachedFiles } from './attachments.ts';
import { checkPictures, openConversation, sentMessages, turnRequest, type Conversation } from './conversation.ts';
import type { CompletionRequest, Provider } from './provider.ts';
import type { KeptTurn } from './transcript.ts';

/** The part of a call that says what a model is asked. */
export type Asked = Pick<
  ModelCall,
  | 'tenant'
  | 'runId'
  | 'candidate'
  | 'system'
  | 'prompt'
  | 'messages'
  | 'attach'
  | 'files'
  | 'output'
  | 'temperature'
  | 'maxOutputTokens'
  | 'turn'
>;

export interface Means {
  readonly store: ArtifactStore;
  readonly provider: Provider;
  /** What the templates of the call read. */
  readonly values: Readonly<Record<string, Json>>;
}

/** What is sent to a model. */
export interface PreparedRequest {
  readonly request: CompletionRequest;
  /** Of a step whose model may call tools, and whether the model does so by itself. */
  readonly conversation?: Conversation & { readonly isNative: boolean };
}

/** What a model is asked, with the values filled in. Throws `PipelineError`. */
export async function prepareRequest(means: Means, call: Asked): Promise<PreparedRequest> {
  const { candidate, turn, temperature, maxOutputTokens, tenant } = call;
  const room = { store: means.store, tenant };
  const rest = { model: candidate.model, maxOutputTokens, ...(temperature === undefined ? {} : { temperature }) };
  if (turn === undefined) {
    const { system, outputSchema, turns } = await beginning(means, call);
    await checkPictures(turns, { ...means, candidate });
    const messages = await sentMessages(room, turns, true);
    const asked = { ...(system === undefined ? {} : { system }), ...(outputSchema && { outputSchema }) };
    return { request: { messages, ...asked, ...rest } };
  }
  const conversation = await openConversation(room, turn, async () => {
    const { turns: news, ...opening } = await beginning(means, call);
    const { tools, isOneByOne } = turn;
    return { opening: { ...opening, tools, ...(isOneByOne && { isOneByOne }) }, news };
  });
  await checkPictures(conversation.turns, { ...means, candidate });
  const isNative = (await isAble(means.provider, candidate, 'tools')) === true;
  const asked = await turnRequest(room, conversation, isNative);
  return { request: { ...asked, ...rest }, conversation: { ...conversation, isNative } };
}

interface Beginning {
  readonly system?: string;
  readonly outputSchema?: JsonObject;
  readonly turns: readonly KeptTurn[];
}

async function beginning({ store, values }: Means, call: Asked): Promise<Beginning> {
  const { tenant, runId, system, output, attach = [], files } = call;
  const render = (template: Template): Json => renderTemplate(template, values, { host: hostFunctions });
  const attached = attach.length === 0 ? [] : await attachedFiles({ store, tenant, runId, files }, attach.map(render));
  const said = turnsOf(call).map(({ role, text }) => ({ role, text: jsonToText(render(text)) }));
  const turns = said.map(({ role, text }, index): KeptTurn => {
    if (role === 'assistant') return { role, text, calls: [] };
    const isLast = index === said.length - 1 && attached.length > 0;
    return { role, text, ...(isLast ? { files: attached } : {}) };
  });
  return {
    turns,
    ...(system === undefined ? {} : { system: jsonToText(render(system)) }),
    ...(output === undefined ? {} : { outputSchema: schemaOf(render(output)) }),
  };
}

/** A prompt is a conversation of one turn. */
function turnsOf({ prompt, messages = [] }: Asked): readonly MessagePlan[] {
  return prompt === undefined ? messages : [{ role: 'user', text: prompt }];
}

/** Vendors take an object; `true` is the schema that accepts anything. What is no schema is refused when it is read. */
function schemaOf(schema: Json): JsonObject {
  return schema === true ? {} : (schema as JsonObject);
}

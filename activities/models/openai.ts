import type { OpenAI } from 'openai';
import { findModelCard } from '../../src/catalog/models.ts';
import { PipelineError } from '../../src/errors.ts';
import { type CallSubject, invalidResponse, streamFailure } from './http-failure.ts';
import { type OpenAiAnswer, readOpenAiChatAnswer } from './openai-chat-answer.ts';
import { openAiChatRequest } from './openai-chat-request.ts';
import { readOpenAiResponse } from './openai-responses-answer.ts';
import { openAiResponsesRequest } from './openai-responses-request.ts';
import {
  type Abilities,
  type Completion,
  type CompletionRequest,
  isVendorItself,
  type OnDelta,
  type ProviderDefinition,
  type ProviderSettings,
} from './provider.ts';
import { withGrammarOrTools, withSchemaOrWords } from './schema-words.ts';
import { CLIENT_OPTIONS, NO_KEY, vendorCalls } from './vendor-call.ts';

const vendor = { host: 'api.openai.com', keyVariable: 'OPENAI_API_KEY' };

/** OpenAI through its Responses, and every server that speaks its chat completions, or also its Responses. */
export const openai: ProviderDefinition = {
  name: 'openai',
  isPaid: true,
  vendor,
  connect(settings) {
    const call = vendorCalls('openai', settings);
    const isVendor = isVendorItself(vendor, settings);
    const ask = interfaceOf(settings, isVendor);
    const options = {
      ...CLIENT_OPTIONS,
      apiKey: settings.apiKey ?? NO_KEY,
      baseURL: settings.baseUrl ?? `https://${vendor.host}/v1`,
      // Null, so that the client does not look into the environment by itself.
      adminAPIKey: null,
      organization: null,
      project: null,
    };
    return {
      hasListPrices: isVendor,
      abilitiesOf: (model) => Promise.resolve(isVendor ? openAiAbilities(model) : {}),
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch, subject) => {
          // Takes its time: whoever never calls the vendor does without it.
          const { OpenAI: Client } = await import('openai');
          const asked = { request: asServed(request, isVendor), onDelta, subject };
          const exchange = { client: new Client({ ...options, fetch }), ...asked };
          const { answer, requestId } = await ask(exchange, isVendor);
          return answer && withUsage(answer, subject, requestId);
        }),
    };
  },
};

/** By the catalog, since the vendor's list of models tells nothing of them. A fine-tuned one does what its base does. */
export function openAiAbilities(model: string): Partial<Abilities> {
  const base = /^ft:([^:]+)/.exec(model)?.[1] ?? model;
  const { structured_output, ...others } = findModelCard('openai', base)?.abilities ?? {};
  return { ...others, ...(structured_output === undefined ? {} : { structuredOutput: structured_output }) };
}

/** The call with its schema said in words, where the server or the model would not keep to it. */
export function asServed(request: CompletionRequest, isVendor: boolean): CompletionRequest {
  return isVendor ? withSchemaOrWords(request, openAiAbilities(request.model)) : withGrammarOrTools(request);
}

interface Exchange {
  readonly client: OpenAI;
  readonly request: CompletionRequest;
  readonly onDelta: OnDelta;
  readonly subject: CallSubject;
}

interface Asked {
  /** Undefined when the stream broke off. */
  readonly answer: OpenAiAnswer | undefined;
  readonly requestId: string | null;
}

const INTERFACES = { responses: askResponses, chat: askChat };

function interfaceOf({ api }: ProviderSettings, isVendor: boolean): typeof askChat {
  const name = api ?? (isVendor ? 'responses' : 'chat');
  if (name === 'responses' || name === 'chat') return INTERFACES[name];
  const is = `its interface is ${JSON.stringify(name)}, and must be "responses" or "chat"`;
  throw new PipelineError('CONFIG_INVALID', `Cannot connect provider "openai": ${is}`);
}

async function askResponses({ client, request, onDelta, subject }: Exchange, isVendor: boolean): Promise<Asked> {
  const { responses } = client;
  const { data, request_id } = await responses.create(openAiResponsesRequest(request, isVendor)).withResponse();
  const failure = (body: string) => streamFailure(subject, body);
  const answer = await readOpenAiResponse(data, { model: request.model, onDelta, failure });
  return { answer, requestId: request_id };
}

async function askChat({ client, request, onDelta }: Exchange, isVendor: boolean): Promise<Asked> {
  const { completions } = client.chat;
  const { data, request_id } = await completions.create(openAiChatRequest(request, isVendor)).withResponse();
  return { answer: await readOpenAiChatAnswer(data, onDelta), requestId: request_id };
}

function withUsage(answer: OpenAiAnswer, subject: CallSubject, requestId: string | null): Completion {
  const { usage, ...rest } = answer;
  if (usage === undefined)
    throw invalidResponse(subject, 'it reports no token usage, so that nobody could say what it cost');
  return { ...rest, usage, requestId: requestId ?? undefined };
}

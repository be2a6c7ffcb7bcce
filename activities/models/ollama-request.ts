import type { ChatRequest, Message as OllamaMessage, Tool } from 'ollama';
import type { CompletionRequest, Message, OfferedTool } from './provider.ts';
import { withGrammarOrTools } from './schema-words.ts';
import { toolAnswerText, toolInputObject } from './tool-input.ts';

/** What the server takes and its client's types do not name yet. */
type OllamaRequest = Omit<ChatRequest, 'messages'> & {
  readonly messages: readonly (OllamaMessage & { readonly tool_call_id?: string })[];
  readonly truncate: boolean;
  readonly shift: boolean;
};

/** A call as Ollama's own chat takes it. */
export function ollamaRequest(asked: CompletionRequest): OllamaRequest {
  const request = withGrammarOrTools(asked);
  const { system, outputSchema, tools = [], maxOutputTokens, temperature } = request;
  return {
    model: request.model,
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...request.messages.map(turnOf)],
    stream: true,
    // Without these the server silently leaves out what does not fit into the context.
    truncate: false,
    shift: false,
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
    ...(outputSchema === undefined ? {} : { format: outputSchema }),
    options: { num_predict: maxOutputTokens, ...(temperature === undefined ? {} : { temperature }) },
  };
}

function turnOf(message: Message): OllamaRequest['messages'][number] {
  switch (message.role) {
    case 'user': {
      const { text, images = [] } = message;
      const pictures = images.length === 0 ? {} : { images: images.map(({ base64 }) => base64) };
      return { role: 'user', content: text, ...pictures };
    }
    case 'assistant': {
      const { text, toolRequests = [] } = message;
      const calls = toolRequests.map(({ id, name, input }) => ({
        id,
        function: { name, arguments: { ...toolInputObject(input) } },
      }));
      return { role: 'assistant', content: text, ...(calls.length === 0 ? {} : { tool_calls: calls }) };
    }
    case 'tool': {
      const { id, name } = message;
      return { role: 'tool', content: toolAnswerText(message), tool_name: name, tool_call_id: id };
    }
  }
}

function toolOf({ name, description, input }: OfferedTool): Tool {
  return { type: 'function', function: { name, description, parameters: { ...input } } };
}

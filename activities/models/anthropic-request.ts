import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { nativeSchema } from './native-schema.ts';
import type { CompletionRequest, Message } from './provider.ts';

/** A call as Anthropic's messages take it; what a compatible server may ignore is said in words as well. */
export function anthropicRequest(
  request: CompletionRequest,
  isVendor: boolean,
): Anthropic.MessageCreateParamsStreaming {
  const { outputSchema } = request;
  const schema = outputSchema && nativeSchema(outputSchema, (each) => transformJSONSchema(each));
  const isEnforced = isVendor && schema !== undefined;
  const instruction = outputSchema && !isEnforced && schemaInstruction(outputSchema);
  const system = [request.system, instruction].filter(Boolean).join('\n\n');
  return {
    model: request.model,
    messages: request.messages.map(messageOf),
    stream: true,
    max_tokens: request.maxOutputTokens,
    ...(system === '' ? {} : { system }),
    ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema', schema } } }),
    // Newer models no longer take it, and say so; the client's types name only what these take.
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
  };
}

function messageOf(message: Message): Anthropic.MessageParam {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.text };
    case 'assistant':
      return { role: 'assistant', content: message.text };
    case 'tool': {
      const { id, text, isFailure } = message;
      return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: text, is_error: isFailure }] };
    }
  }
}

function schemaInstruction(schema: object): string {
  return [
    'Answer with one JSON value and nothing else: no explanation and no code fence.',
    `The value must be valid against this JSON Schema: ${JSON.stringify(schema)}`,
  ].join('\n');
}

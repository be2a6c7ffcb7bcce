import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import { jsonToText } from '../../src/pipeline/expression/value.ts';
import type { Json, JsonObject } from '../../src/pipeline/json.ts';
import type { MessagePlan, ModelCandidate, Template } from '../../src/pipeline/plan.ts';
import { renderTemplate } from '../../src/pipeline/template.ts';
import type { ModelCall } from '../calls.ts';
import type { CompletionRequest } from './provider.ts';

type Asked = Pick<ModelCall, 'system' | 'prompt' | 'messages' | 'output' | 'temperature' | 'maxOutputTokens'>;

/** What a model is asked, with the values filled in. */
export function completionRequest(
  call: Asked,
  { model }: ModelCandidate,
  values: Readonly<Record<string, Json>>,
): CompletionRequest {
  const render = (template: Template) => renderTemplate(template, values, { host: hostFunctions });
  return {
    model,
    messages: turnsOf(call).map(({ role, text }) => ({ role, text: jsonToText(render(text)) })),
    maxOutputTokens: call.maxOutputTokens,
    ...(call.system === undefined ? {} : { system: jsonToText(render(call.system)) }),
    ...(call.output === undefined ? {} : { outputSchema: schemaOf(render(call.output)) }),
    ...(call.temperature === undefined ? {} : { temperature: call.temperature }),
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

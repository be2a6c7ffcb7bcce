import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { Template } from '../../src/pipeline/plan.ts';
import { renderTemplate, secretsOf } from '../../src/pipeline/template.ts';
import { callKey } from '../call-key.ts';
import type { Tool } from './tool.ts';

interface ToolInput {
  readonly template: Template;
  readonly values: Readonly<Record<string, Json>>;
  /** The template filled in, where that has been done. */
  readonly filledIn?: Json;
}

/** The key of a call of a tool. Secrets do not enter it, only their names: a new token makes no new call. */
export function toolKey(
  { name, version = '1' }: Pick<Tool, 'name' | 'version'>,
  { template, values, filledIn }: ToolInput,
): string {
  const secrets = secretsOf(template);
  const input = secrets.length === 0 && filledIn !== undefined ? filledIn : withNames(template, values);
  return callKey({ call: 'tool', tool: name, version, input, secrets });
}

function withNames(template: Template, values: Readonly<Record<string, Json>>): Json {
  return renderTemplate(template, values, { host: hostFunctions, secret: (name) => `\${{ secrets.${name} }}` });
}

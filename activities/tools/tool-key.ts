import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { isMap } from '../../src/pipeline/problem.ts';
import type { Template } from '../../src/pipeline/plan.ts';
import { renderTemplate, secretsOf } from '../../src/pipeline/template.ts';
import { callKey } from '../call-key.ts';
import type { Tool } from './tool.ts';

interface ToolInput {
  readonly template: Template;
  readonly values: Readonly<Record<string, Json>>;
  /** What a model gave besides. */
  readonly given?: Json;
  /** All of it together, where that has been put together. */
  readonly filledIn?: Json;
}

/** The key of a call of a tool. Secrets do not enter it, only their names: a new token makes no new call. */
export function toolKey(
  { name, version = '1' }: Pick<Tool, 'name' | 'version'>,
  { template, values, given, filledIn }: ToolInput,
): string {
  const secrets = secretsOf(template);
  const written = (): Json => {
    const fixed = withNames(template, values);
    return given === undefined ? fixed : withFixed(given, fixed);
  };
  const input = secrets.length === 0 && filledIn !== undefined ? filledIn : written();
  return callKey({ call: 'tool', tool: name, version, input, secrets });
}

/** What is fixed goes over what a model gave; what is no map is left for the tool to refuse. */
export function withFixed(given: Json, fixed: Json): Json {
  return isMap(given) && isMap(fixed) ? { ...given, ...fixed } : given;
}

function withNames(template: Template, values: Readonly<Record<string, Json>>): Json {
  return renderTemplate(template, values, { host: hostFunctions, secret: (name) => `\${{ secrets.${name} }}` });
}

import type { Json, JsonObject } from '../../pipeline/json.ts';
import { isMap } from '../../pipeline/problem.ts';
import { code } from './markdown.ts';

/** What a JSON Schema allows, in a few words: `text`, `list of texts`, `GET or POST`. */
export function typeText(schema: JsonObject): string {
  if (schema['inner'] !== undefined) return INNER[schema['inner'] as keyof typeof INNER];
  if (typeof schema['$ref'] === 'string') return linked(schema['$ref']);
  const members = schema['anyOf'] ?? schema['allOf'];
  if (Array.isArray(members) && schema['type'] === undefined) return alternatives(members);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((choice: string) => code(choice)).join(' or ');
  if (schema['const'] !== undefined) return code(JSON.stringify(schema['const']));
  return [schema['type']]
    .flat()
    .map((type) => plainType(type, schema))
    .join(' or ');
}

/** Where steps stand inside a step. */
const INNER = {
  step: '[step](#steps)',
  steps: 'map of [steps](#steps)',
  cases: 'map of [steps](#steps)',
  pipeline: '[pipeline](#the-pipeline)',
} as const;

function alternatives(members: readonly JsonObject[]): string {
  return [...new Set(members.map((member) => typeText(member)))].join(' or ');
}

/** `#/definitions/Duration` has a section of its own. */
function linked(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  const [text, anchor] = NAMES[name] as readonly [string, string];
  return `[${text}](#${anchor})`;
}

const NAMES: Readonly<Record<string, readonly [text: string, anchor: string]>> = {
  Checks: ['list of checks', 'checks'],
  Duration: ['duration', 'values'],
  Ladder: ['list of rungs', 'when-a-check-fails'],
  AskRung: ['map', 'when-a-check-fails'],
  Id: ['name', 'values'],
  Input: ['input', 'inputs'],
  JsonSchema: ['JSON Schema', 'values'],
  Model: ['model with settings', 'models'],
  Requirements: ['map', 'models'],
  ModelStep: ['model step', 'model-steps'],
  OfferedTool: ['map', 'model-steps'],
  ToolStep: ['tool step', 'tool-steps'],
  CheckStep: ['check step', 'check-steps'],
  SetStep: ['set step', 'set-steps'],
  GroupStep: ['group', 'groups'],
  SwitchStep: ['switch', 'switches'],
  PipelineStep: ['pipeline step', 'pipelines-in-pipelines'],
  Pipeline: ['pipeline', 'the-pipeline'],
  ApproveStep: ['approval', 'approvals'],
  Approval: ['map', 'approvals'],
  Escalate: ['map', 'approvals'],
  Notify: ['map', 'approvals'],
  WaitStep: ['wait', 'waits'],
  WaitForEvent: ['map', 'waits'],
  FailStep: ['fail step', 'fail-steps'],
  Handler: ['map', 'when-a-step-fails'],
  Schedule: ['map', 'schedules'],
  Budget: ['map', 'budget'],
  SaveTo: ['map', 'files-of-a-run'],
  Repeat: ['map', 'a-step-again-and-again'],
  Step: ['step', 'steps'],
  Retry: ['map', 'retry'],
  Template: ['text', 'values'],
};

function plainType(type: Json | undefined, schema: JsonObject): string {
  switch (type) {
    case 'string':
      return 'text';
    case 'integer':
      return `whole number${range(schema)}`;
    case 'number':
      return `number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `list of ${typeText(schema['items'] as JsonObject)}`;
    case 'object':
      return mapType(schema);
    default:
      return 'anything';
  }
}

function mapType({ properties, additionalProperties }: JsonObject): string {
  if (isMap(properties)) return code(`{ ${Object.keys(properties).join(', ')} }`);
  // What the values are is told when there is more to read about them.
  const isNamed = JSON.stringify(additionalProperties).includes('$ref');
  return isNamed ? `map of ${typeText(additionalProperties as JsonObject)}` : 'map';
}

function range(schema: JsonObject): string {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? '' : ` from ${minimum}`;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`;
  return `${from}${to}`;
}

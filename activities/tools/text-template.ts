import { Liquid } from 'liquidjs';
import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { AnyJson } from '../any-json.ts';
import { defineTool } from './tool.ts';

const TEMPLATE_CHARACTERS_MAX = 1_000_000;
const TEXT_CHARACTERS_MAX = 10 * 1024 * 1024;

export const textTemplate = defineTool({
  name: 'text.template',
  description:
    'Fills in a Liquid template: {{ name }}, {% for %}, {% if %} and filters, without files, clock or chance.',
  effect: 'pure',
  input: z.strictObject({
    template: z.string().max(TEMPLATE_CHARACTERS_MAX).describe('Reading a name that `data` lacks is an error'),
    data: z.record(z.string(), AnyJson).default({}),
  }),
  output: z.string(),
  timeoutMs: 10_000,
  run: ({ template, data }) => Promise.resolve(fillIn(template, data)),
});

/** Made once, when it is first needed: it registers some eighty tags and filters, and keeps nothing of a template. */
let engine: Liquid | undefined;

function fillIn(template: string, data: object): string {
  let text: string;
  try {
    engine ??= createEngine();
    text = engine.parseAndRenderSync(template, data) as string;
  } catch (error) {
    // Liquid says what, line and column in its first line, and shows the template in the others.
    const [reason] = (error as Error).message.split('\n');
    throw new PipelineError('TOOL_INPUT_INVALID', `Cannot fill in the template: ${reason}`, { cause: error });
  }
  if (text.length <= TEXT_CHARACTERS_MAX) return text;
  const reason = `the text has ${text.length} characters, at most ${TEXT_CHARACTERS_MAX} are allowed`;
  throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot fill in the template: ${reason}`);
}

/** They read other templates, the clock, or chance: the same input would not always give the same text. */
const WITHOUT_TAGS = ['include', 'render', 'layout', 'block'];
const WITHOUT_FILTERS = [
  'sample',
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
];

function createEngine(): Liquid {
  const made = new Liquid({
    // Templates come from memory, of which there are none: no file can be read.
    templates: {},
    ownPropertyOnly: true,
    strictVariables: true,
    lenientIf: true,
    strictFilters: true,
    // Rendering gives way to nothing else in the worker, so it may not take long.
    renderLimit: 1000,
    // Characters and list items, intermediate ones included.
    memoryLimit: 10_000_000,
    outputEscape: (value: unknown) => (isComposite(value) ? JSON.stringify(value) : value) as string,
  });
  for (const name of WITHOUT_TAGS) delete made.tags[name];
  for (const name of WITHOUT_FILTERS) delete made.filters[name];
  return made;
}

/** Lists and maps are shown as JSON, as they are inside the text of an expression. */
function isComposite(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

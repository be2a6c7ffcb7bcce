import { DURATION_MS_MAX, durationText } from '../../pipeline/duration.ts';
import { EVALUATION_CHARS_MAX, EVALUATION_NODES_MAX } from '../../pipeline/expression/meter.ts';
import { EXPRESSION_CHARS_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_NODES_MAX } from '../../pipeline/expression/parse.ts';
import type { Cards } from '../../pipeline/card.ts';
import { INPUT_FILE_BYTES_MAX, INPUT_FILES_MAX } from '../../pipeline/file-ref.ts';
import { FORM_KEYWORDS } from '../../pipeline/form.ts';
import { ALIASED_VALUES_MAX } from '../../pipeline/parse/nodes.ts';
import { FILE_BYTES_MAX } from '../../pipeline/parse/text.ts';
import { TOKENS_MAX } from '../../pipeline/parse/tokens.ts';
import { DEPTH_MAX } from '../../pipeline/plain-json.ts';
import { PLAN_BYTES_MAX } from '../../pipeline/plan.ts';
import { FINDINGS_MAX } from '../../pipeline/problem.ts';
import { STEPS_MAX, STEP_DEPTH_MAX } from '../../pipeline/spec/problems.ts';
import { BudgetSpec } from '../../pipeline/spec/budget.ts';
import { InputSpec } from '../../pipeline/spec/input.ts';
import { ModelSettings, Requirements } from '../../pipeline/spec/model.ts';
import { ScheduleSpec } from '../../pipeline/spec/schedule.ts';
import { PipelineSpec, STEP_SPECS } from '../../pipeline/spec.ts';
import { EXAMPLES, KIND_SECTIONS, MODIFIER_SECTIONS } from './examples.ts';
import { expressionSections } from './expressions.ts';
import { keyTable } from './keys.ts';
import { block, table } from './markdown.ts';
import { checkSection, toolSection } from './outside.ts';
import type { KindSection, ModifierSection } from './sections.ts';

/** `docs/pipeline-reference.md`: everything that may stand in a pipeline file. */
export function pipelineReference({ tools, checks }: Cards): string {
  return `${[
    HEAD,
    '## The pipeline',
    keyTable(PipelineSpec),
    INPUTS,
    keyTable(InputSpec),
    MODELS,
    keyTable(ModelSettings),
    REQUIREMENTS,
    keyTable(Requirements),
    block('yaml', EXAMPLES['models'] as string),
    BUDGET,
    keyTable(BudgetSpec),
    SCHEDULE,
    keyTable(ScheduleSpec),
    block('yaml', EXAMPLES['schedule'] as string),
    STEPS,
    keyTable(STEP_SPECS.set, PLAIN_KEYS),
    ...KIND_SECTIONS.flatMap(kindSection),
    ...MODIFIER_SECTIONS.flatMap(modifierSection),
    ...expressionSections(),
    TOOLS,
    ...tools.map(toolSection),
    CHECKS,
    ...checks.map(checkSection),
    VALUES,
    FORMS,
    LIMITS,
  ].join('\n\n')}\n`;
}

/** The keys of a kind that other kinds have too. */
const COMMON_KEYS = Object.keys(STEP_SPECS.set.shape).filter((key) => key in STEP_SPECS.model.shape);
/** Those that no section is about. */
const PLAIN_KEYS = COMMON_KEYS.filter(
  (key) => !MODIFIER_SECTIONS.some(({ name, shape }) => key === name || key in shape),
);

function kindSection({ kind, title, text, tables = [], example, files = {} }: KindSection): readonly string[] {
  const spec = STEP_SPECS[kind];
  const keys = Object.keys(spec.shape).filter((key) => !COMMON_KEYS.includes(key));
  const inner = tables.flatMap((each) => [each.text, keyTable(each)]);
  const others = Object.entries(files).flatMap(([path, file]) => [`\`${path}\`:`, block('yaml', file)]);
  return [`### ${title}`, text, keyTable(spec, keys), ...inner, block('yaml', example), ...others];
}

function modifierSection({ title, text, shape, example }: ModifierSection): readonly string[] {
  return [`### ${title}`, text, keyTable({ shape }), block('yaml', example)];
}

const HEAD = `# Pipeline reference

This page is made from the code by \`npm run generate\`; do not edit it. Every example in it is checked by a test.

A pipeline is a file of YAML 1.2 or JSON, in UTF-8. \`orchestrator validate FILE\` says everything that is wrong in it, with line and column; what it accepts can run. An unknown key is an error, except those that begin with \`x-\`, which are yours. Anchors and aliases may be used; merge keys (\`<<\`), tags and several documents in a file may not.

Editors that know \`# yaml-language-server: $schema=…\` complete and check a pipeline while you write it, with [pipeline.schema.json](pipeline.schema.json).

${block('yaml', EXAMPLES['whole'] as string)}`;

const INPUTS = `### Inputs

Each input is a [JSON Schema](#values) of what may be given, with three keys of our own. An input without \`default\` and \`optional: true\` is required.

Two types are not of JSON Schema: \`file\` and \`files\`. Files are given as \`--input logs=@a.txt\`, once for each, or for \`files\` as \`--input logs=@folder\`: the regular files in it by their names, without hidden ones and without those of folders in it. In TypeScript they are given as \`{ file: path }\` or \`{ name, data }\`. At most ${INPUT_FILES_MAX} may be given for one input, each of at most ${INPUT_FILE_BYTES_MAX} bytes. They are kept with the run before it starts. An expression sees \`{ path, name, bytes, sha256, media_type }\` of a file, or a list of these; tools find it at its \`path\` in the workspace of the run, whichever worker they run on.

${block('yaml', EXAMPLES['files'] as string)}`;

const MODELS = `### Models

A name of \`models\` stands for a model, written \`provider/model\`, or for a map with settings. The providers are \`ollama\`, \`openai\` and \`anthropic\`; [configuration](configuration.md) says how each is reached. A model whose provider has no key is passed over with a warning; a step needs at least one that can be used. In a list, the first model is asked first, and the next one when it cannot answer.`;

const REQUIREMENTS = `With \`require\` or \`prefer\`, models are chosen by what is known of them, when the plan is made; \`orchestrator plan\` says which, and why. Of all models that can be used, the best three are taken; of those that \`use\` lists, all that fit. [Models](models.md) tells where the figures come from. What a model must be known to be able to do:`;

const BUDGET = `### Budget

A run with a \`budget\` never spends more. What each call could cost at worst is set aside before it is made; when that is more than what is left, the run waits until somebody tops it up (\`orchestrator runs top-up\`), or fails. Any step may have a \`budget\` of its own, which limits it and all that it holds besides that of the run. [Budgets and bills](budgets.md) tells how the worst case is reckoned, and what stands above all runs.`;

const SCHEDULE = `### Schedules

A pipeline with a \`schedule\` runs by itself, once \`orchestrator schedules apply\` has told the server. Such a run gets the inputs of \`with\`, and defaults for the others.`;

const STEPS = `## Steps

What a step does is told by the one key of these that it has: ${Object.keys(STEP_SPECS)
  .map((key) => `\`${key}\``)
  .join(', ')}. Its id is its key in \`steps\`.

A step starts as soon as all steps have ended whose output it reads or which it \`needs\`. It is skipped when one of them was skipped, or failed with \`on_error: continue\`. A step that reads nothing but the \`status\` or the \`error\` of another waits for it however it ends, and so does one with \`join: settled\`.

Steps may stand in one another: in groups, in the cases of a switch, in what comes when a step failed. A step reads those beside it and those around it; nobody outside reads it. Every step may have these keys, and those that are told under ${MODIFIER_SECTIONS.map(({ title }) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`).join(', ')}:`;

const TOOLS = `## Tools

What a tool does in the world decides what happens when it is not known whether a call arrived: \`pure\`, \`reads\` and \`idempotent\` calls are made again, a \`once\` call is not.`;

const CHECKS = `## Checks

\`checks\` is a list; each of its items is a map with one check. They judge the output of the step when it is done, and the step fails with \`CHECK_FAILED\` when one does not hold. \`steps.<id>.checks\` has all their verdicts.`;

const VALUES = `## Values

${table(
  ['value', 'meaning'],
  [
    ['text', 'A YAML string. Where the table of a key says so, it may hold expressions'],
    [
      'name',
      'Lower-case letters, digits and `_`, beginning with a letter, at most 64; not `in`, `true`, `false`, `null`',
    ],
    [
      'duration',
      `A whole number and a unit: \`250ms\`, \`30s\`, \`5m\`, \`2h\`, \`3d\`; at most ${durationText(DURATION_MS_MAX)}`,
    ],
    ['JSON Schema', 'Draft 2020-12, with formats. Unknown keywords are errors; regular expressions are those of RE2'],
  ],
)}`;

const FORMS = `### Forms

What a person fills in, and what an event brings, the run itself checks. The JSON Schema of it may hold these keywords, and such as only people read (\`title\`, \`description\`, \`default\`, \`examples\`): ${[...FORM_KEYWORDS].map((word) => `\`${word}\``).join(' ')}.`;

const LIMITS = `## Limits

${table(
  ['what', 'at most'],
  [
    [
      'a pipeline file',
      `${FILE_BYTES_MAX} bytes, ${TOKENS_MAX} parts, ${DEPTH_MAX} levels, aliases for ${ALIASED_VALUES_MAX} values`,
    ],
    ['its steps', `${STEPS_MAX}, those inside others counted, ${STEP_DEPTH_MAX} deep in one another`],
    ['its plan', `${PLAN_BYTES_MAX} bytes as JSON`],
    [
      'an expression',
      `${EXPRESSION_CHARS_MAX} characters, ${EXPRESSION_NODES_MAX} parts, ${EXPRESSION_DEPTH_MAX} levels`,
    ],
    ['an evaluation', `${EVALUATION_NODES_MAX} steps, ${EVALUATION_CHARS_MAX} characters beyond what it reads`],
    ['findings of `validate`', String(FINDINGS_MAX)],
  ],
)}`;

import { FORMS } from '../../pipeline/expression/forms.ts';
import { SIGNATURES } from '../../pipeline/expression/signatures.ts';
import { code, table } from './markdown.ts';

/** What expressions may read and call. */
export function expressionSections(): readonly string[] {
  return [
    HEAD,
    '### Names',
    table(
      ['name', 'what it is'],
      NAMES.map(([name, meaning]) => [code(name), meaning]),
    ),
    '### Functions',
    'A function may also be written behind its first argument: `split(text, " ")` is `text.split(" ")`.',
    table(
      ['function', 'what it gives', 'example', 'result'],
      [...FORMS, ...SIGNATURES].map(({ usage, summary, example, result }) => {
        return [code(usage), summary, code(example), code(JSON.stringify(result))];
      }),
    ),
  ];
}

const HEAD = `## Expressions

\`\${{ … }}\` holds an expression in [CEL](https://cel.dev), the language of Kubernetes policies: operators, comparisons, \`a ? b : c\`, lists, maps, \`.field\`, \`[index]\`, no clock and no chance. A value that is nothing but an expression keeps its type; inside text it becomes text, JSON for lists and maps. \`$\${{\` stands for \`\${{\` itself. Names and types are checked by \`validate\`. In YAML, quote an expression that holds \`: \` or \` #\`, or that stands inside \`{ }\` or \`[ ]\`.

Reading what is not there fails, apart from \`has\`, \`coalesce\` and \`.?\`, which ask first. Whole numbers and numbers with decimals may be mixed; \`7 / 2\` is 3, \`7.0 / 2\` is 3.5.`;

const NAMES: readonly (readonly [string, string])[] = [
  ['inputs.<name>', 'An input; null when it is optional and was not given'],
  ['vars.<name>', 'A constant of the pipeline'],
  ['steps.<id>.output', 'What a step gave'],
  ['steps.<id>.status', '`done`, `failed`, `skipped` or `cancelled`'],
  ['steps.<id>.error', 'Of a step that failed: `{ code, message, attempts }`'],
  ['steps.<id>.model', 'The model that answered, as `provider/model`'],
  ['steps.<id>.usage', '`{ input_tokens, output_tokens, cached_input_tokens }`'],
  ['steps.<id>.cost_usd', 'What the step cost; null when a price is not known'],
  ['steps.<id>.attempts', 'How often it was tried'],
  [
    'steps.<id>.checks',
    'A list of `{ check, passed, score, reason }`; a judge also gives `agreement` and `votes`, `grounded_in` also `quotes`',
  ],
  ['steps.<id>.items', 'With `for_each`: a list of `{ status, error, usage }`, one for each item'],
  ['steps.<id>.case', 'Of a switch: the name of the case that ran'],
  ['steps.<id>.rounds', 'With `repeat`: how many rounds there were'],
  ['steps.<id>.stopped', 'With `repeat`: `until` or `max`'],
  ['previous.<id>.<field>', 'Inside `repeat`: a step of the round before; null in the first round'],
  ['item', 'Inside `for_each`: the item, under the name that `as` gives it'],
  ['index', 'Inside `for_each`: the number of the item from 0, under the name that `index` gives it'],
  ['run.id', 'The id of the run'],
  ['run.started_at', 'When the run began, as text in ISO 8601'],
  ['run.cost_usd', 'What the run has cost so far'],
  ['output', 'In some checks: the value that is judged'],
  [
    'secrets.<NAME>',
    "A secret of the worker. It may stand in a tool's `with` only, by itself in `${{ }}`, alone or inside text",
  ],
];

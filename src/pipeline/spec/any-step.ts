import { z } from 'zod';
import { BudgetSpec } from './budget.ts';
import { failureKeys } from './failure.ts';
import { loopKeys } from './loops.ts';
import { LadderSpec } from './rungs.ts';
import { savingKeys } from './saving.ts';
import { JsonValue, text } from './value.ts';

const CheckList = z
  .array(z.record(z.string(), JsonValue, { error: 'a map with one check' }), { error: 'a list of checks' })
  .meta({ id: 'Checks', description: 'A list of maps that hold one check each' });

const needsAllowed = 'the id of a step or a list of ids';

/** The keys that any step may have. */
export const anyStep = {
  description: text('a text')
    .optional()
    .meta({ description: 'What the step is for, shown to people', examples: ['Sort the ticket'] }),
  needs: z
    .union([text(needsAllowed), z.array(text(needsAllowed))], { error: needsAllowed })
    .optional()
    .meta({
      description: 'Steps that must be done before, besides those whose output this one reads',
      examples: ['publish', ['publish', 'notify']],
    }),
  join: z
    .enum(['settled', 'done'], { error: 'settled or done' })
    .optional()
    .meta({
      description:
        '`settled` waits for the steps that this one reads or needs however they end, and reads null as the output of one that is not done',
      otherwise: '`done`',
      examples: ['settled'],
    }),
  if: z
    .union([text('an expression'), z.boolean()], { error: 'an expression, true or false' })
    .optional()
    .meta({
      description: 'Whether the step runs; it is skipped when this is false',
      expressions: true,
      examples: ['${{ inputs.urgent }}'],
    }),
  else: JsonValue.optional().meta({
    description: 'The output when `if` is false; the step then counts as done',
    expressions: true,
    examples: [[], 'none'],
  }),
  ...loopKeys,
  checks: CheckList.optional().meta({
    description: 'What the output must pass; the step fails otherwise',
    expressions: true,
    examples: [[{ length: { max: 400, unit: 'characters' } }]],
  }),
  on_check_fail: LadderSpec.optional().meta({
    description:
      'What is done about an output that does not pass its `checks`, rung by rung: `repair` asks the model again, `model` asks another one, `ask` asks people, `continue` goes on with what there is',
    otherwise: 'the step fails',
    examples: [['repair', { model: 'writer' }, 'ask'], ['continue']],
  }),
  ...failureKeys,
  budget: BudgetSpec.optional().meta({
    description:
      'What the step and all that it holds may spend: its items, rounds, retries and steps. The budget of the run limits it too',
    otherwise: 'that of the run',
    examples: [{ tokens: 20000, on_exceeded: 'fail' }],
  }),
  ...savingKeys,
};

import type { GroupStepSpec } from '../../spec/kinds/forms.ts';
import type { Kind } from '../kind.ts';

export const groupKind: Kind<GroupStepSpec> = {
  attempts: 1,
  known: () => undefined,
  plan(draft, path, { steps, outputs }) {
    const { plan, output, inside } = draft.planBlock(draft, {
      path: [...path, 'steps'],
      steps,
      ...(outputs !== undefined && { outputs: { path: [...path, 'outputs'], value: outputs } }),
    });
    return { fields: { kind: 'steps', body: plan }, output, inside };
  },
};

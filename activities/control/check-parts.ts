import type { Activities } from '../calls.ts';
import { checkNamed } from '../quality/run-check.ts';
import type { Check } from '../quality/check.ts';
import { toolNamed, type Toolbox } from '../tools/toolbox.ts';

/** What a worker has. */
export interface Parts extends Toolbox {
  readonly checks: readonly Check[];
}

/** Makes the activity that refuses a plan which names what this worker lacks. No server is asked. */
export function createCheckParts(parts: Parts): Activities['checkParts'] {
  return ({ tools, checks }) => {
    for (const name of tools) toolNamed(parts, name);
    for (const name of checks) checkNamed(parts.checks, name);
    return Promise.resolve();
  };
}

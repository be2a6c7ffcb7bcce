import { Context } from '@temporalio/activity';
import { PipelineError } from '../../src/errors.ts';
import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { Template } from '../../src/pipeline/plan.ts';
import { renderTemplate } from '../../src/pipeline/template.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities } from '../calls.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { issuesText } from '../issues.ts';
import { loadScope, loadValue } from '../values.ts';
import type { Check, CheckContext } from './check.ts';
import { checkKey } from './check-key.ts';
import { groundedIn } from './grounded-in.ts';

export interface CheckDeps {
  readonly store: ArtifactStore;
  readonly checks: readonly Check[];
}

/** Makes the activity that judges an output. The expressions of the options may read it as `output`. */
export function createRunCheck({ store, checks }: CheckDeps): Activities['runCheck'] {
  return (call) =>
    withHeartbeat(async (signal) => {
      const check = call.check === groundedIn.name ? groundedIn : checkNamed(checks, call.check);
      const subject = await loadValue(store, call.tenant, call.subject);
      const values = { ...(await loadScope(store, call.tenant, call.scope)), output: subject };
      const rendered = renderTemplate(call.options, values, { host: hostFunctions });
      const options = parseOptions(check, rendered);
      const { passed, score, reason, quotes } = await check.run(subject, options, contextOf(call.options, signal));
      const said = { passed, score, reason: reason.slice(0, REASON_CHARACTERS_MAX), ...(quotes && { quotes }) };
      const verdict = { check: check.name, ...said };
      return { verdict, attempt: Context.current().info.attempt, key: checkKey(call, rendered) };
    });
}

/** A verdict enters history, whatever a check has to say. */
const REASON_CHARACTERS_MAX = 2000;

/** Throws `CHECK_UNKNOWN`. */
export function checkNamed(checks: readonly Check[], name: string): Check {
  const check = checks.find((each) => each.name === name);
  if (check !== undefined) return check;
  const allowed = checks.map((each) => each.name).join(', ');
  throw new PipelineError('CHECK_UNKNOWN', `Cannot run check "${name}": this worker has ${allowed}`);
}

function parseOptions(check: Check, options: Json): unknown {
  const { data, error } = check.options.safeParse(options);
  if (error === undefined) return data;
  const reason = issuesText(error.issues, check.options);
  throw new PipelineError('VALUE_INVALID', `Cannot run check "${check.name}": ${reason}`);
}

function contextOf(options: Template, signal: AbortSignal): CheckContext {
  return options.kind === 'expression' ? { signal, expression: options.expression.source.trim() } : { signal };
}

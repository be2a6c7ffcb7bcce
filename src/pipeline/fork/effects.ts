import { type Finding, PipelineError } from '../../errors.ts';

/** A call that would do a second time what an earlier run did. */
export interface RepeatedEffect {
  /** The path of the call. */
  readonly step: string;
  readonly tool: string;
  /** Why the earlier call cannot stand for it. */
  readonly because: string;
}

/** What a fork is refused with, an effect in each finding. */
export function effectsRepeated(runId: string, effects: readonly RepeatedEffect[]): PipelineError {
  const findings = effects.map(({ step, tool, because }): Finding => {
    const is = `step "${step}" would call "${tool}" a second time, since ${because}`;
    const message = `Cannot fork run "${runId}": ${is}; only --allow-effects lets effects be repeated`;
    return { severity: 'error', code: 'EFFECT_REPEATED', message };
  });
  const [first] = findings as [Finding];
  const others = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
  return new PipelineError('EFFECT_REPEATED', `${first.message}${others}`, { findings });
}

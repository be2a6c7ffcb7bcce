/** What a step is part of, for sentences about its end: at the top of a run nothing but the run. */
export function around(path: string): 'the run' | 'the step around it' {
  return /[/#[~]/u.test(path) ? 'the step around it' : 'the run';
}

import type { Json } from '../../src/pipeline/json.ts';

/** The text of what is judged: a value that is not text is judged as its JSON. */
export function subjectText(subject: Json): string {
  return typeof subject === 'string' ? subject : JSON.stringify(subject);
}

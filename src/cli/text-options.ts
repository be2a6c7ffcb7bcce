import { PipelineError } from '../errors.ts';
import type { Json } from '../pipeline/json.ts';
import { readFile } from '../read-file.ts';

/** An option that may be given often. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** What an option says: itself, or with `@` before it what the file of that name holds. */
export function textOf(option: string): string {
  return option.startsWith('@') ? new TextDecoder().decode(readFile(option.slice(1))) : option;
}

/** The JSON that an option or its file holds. Throws `USAGE`. */
export function jsonOf(name: string, option: string): Json {
  try {
    return JSON.parse(textOf(option)) as Json;
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    const reason = (cause as Error).message;
    throw new PipelineError('USAGE', `Cannot read ${name} as JSON: ${reason}; a text is written '"text"'`, { cause });
  }
}

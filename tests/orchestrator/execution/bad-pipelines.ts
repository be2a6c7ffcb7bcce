import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A pipeline that cannot be used, and what is said about it: `line:column CODE sentence`. */
export interface BadPipeline {
  readonly name: string;
  readonly text: string;
  readonly findings: readonly string[];
}

/** The tables in `bad-pipelines*.txt`: `=== name`, the file as it is, and a line `=> finding` for each finding. */
export function badPipelines(): readonly BadPipeline[] {
  const files = globSync('bad-pipelines*.txt', { cwd: import.meta.dirname }).toSorted();
  const tables = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  return tables.flatMap((table) => table.split(/^=== /m).slice(1).map(readEntry));
}

function readEntry(entry: string): BadPipeline {
  const [name = '', ...lines] = entry.trimEnd().split('\n');
  const findings = lines.filter((line) => line.startsWith('=> ')).map((line) => line.slice(3));
  const text = lines.filter((line) => !line.startsWith('=> ')).map((line) => `${line}\n`);
  return { name, text: text.join(''), findings };
}

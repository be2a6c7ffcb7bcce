import { isMap, LineCounter, parseDocument } from 'yaml';
import { PipelineError, type Finding } from '../errors.ts';
import { findInputFiles } from '../input-files/find.ts';
import { parseInputText, resolveInputs } from '../pipeline/inputs.ts';
import type { Json } from '../pipeline/json.ts';
import type { Plan } from '../pipeline/plan.ts';
import { readFile } from '../read-file.ts';
import { filesOfFolder } from './folder-files.ts';

export interface InputOptions {
  /** `name=value`, each. */
  readonly input?: readonly string[];
  readonly inputFile?: string;
}

type Inputs = Readonly<Record<string, unknown>>;

/** The inputs of a run, single ones over those of the file. Throws what is wrong with them. */
export function readInputs(plan: Plan, options: InputOptions): Inputs {
  const inputs = readGivenInputs(plan, options);
  resolveInputs(plan, findInputFiles(plan, inputs).inputs);
  return inputs;
}

/** The same where others may be missing, since they are known from elsewhere. */
export function readGivenInputs(plan: Plan, { input = [], inputFile }: InputOptions): Inputs {
  const ofFile = inputFile === undefined ? {} : mapOfFile('the inputs', inputFile);
  return {
    ...ofFile,
    ...together(
      plan,
      input.map((text) => namedInput(plan, text)),
    ),
  };
}

/** The last value of a name counts; where several files may be given, all of them do, and those of folders. */
function together({ inputs }: Plan, named: readonly (readonly [string, Json])[]): Inputs {
  const grouped = Map.groupBy(named, ([name]) => name);
  return Object.fromEntries(
    [...grouped].map(([name, values]) => {
      const all = values.map(([, value]) => value);
      return [name, inputs[name]?.files === 'files' ? all.flatMap(filesOf) : all.at(-1)];
    }),
  );
}

function filesOf(value: Json): readonly Json[] {
  const { file } = value as { readonly file: string };
  return filesOfFolder(file)?.map((each) => ({ file: each })) ?? [value];
}

function namedInput(plan: Plan, text: string): readonly [string, Json] {
  const end = text.indexOf('=');
  if (end < 1) throw new PipelineError('USAGE', `Cannot read the input "${text}": write --input name=value`);
  const name = text.slice(0, end);
  return [name, parseInputText(plan, name, text.slice(end + 1))];
}

/** The map of names to values in a file that a user named. YAML holds JSON, so one reader does for both. */
export function mapOfFile(what: string, file: string): Inputs {
  const lines = new LineCounter();
  const document = parseDocument(new TextDecoder().decode(readFile(file)), { lineCounter: lines, prettyErrors: false });
  const findings = document.errors.map(({ message, pos }): Finding => {
    const { line, col: column } = lines.linePos(pos[0]);
    return {
      severity: 'error',
      code: 'YAML_SYNTAX',
      message: `Cannot read ${what}: ${message}`,
      position: { file, line, column },
    };
  });
  if (findings.length > 0) throw new PipelineError('YAML_SYNTAX', `Cannot read ${what} in "${file}"`, { findings });
  if (!isMap(document.contents)) throw invalid(`${what} in "${file}"`, 'it holds no map of names to values');
  try {
    return document.toJS() as Inputs;
  } catch (cause) {
    // What has been parsed fails here for one reason: aliases that unfold into something huge.
    throw invalid(`${what} in "${file}"`, (cause as Error).message, { cause });
  }
}

function invalid(what: string, reason: string, options: { cause?: unknown } = {}): PipelineError {
  return new PipelineError('INPUT_INVALID', `Cannot read ${what}: ${reason}`, options);
}

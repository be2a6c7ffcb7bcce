import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { PipelineError } from '../../src/errors.ts';
import { programFolders } from './isolation.ts';

const execute = promisify(execFile);
const SEARCH_MS = 30_000;
let found: Promise<string> | undefined;

/** The interpreter of the worker, looked for once. Throws `TOOL_UNAVAILABLE`. */
export function findPython(): Promise<string> {
  found ??= realPython(programFolders());
  return found;
}

/** What `python3` starts in the end: managers of versions want an environment that the code does not get. */
export async function realPython(folders: readonly string[]): Promise<string> {
  const env = { PATH: folders.join(delimiter) };
  try {
    const print = 'import sys; print(sys.executable)';
    const { stdout } = await execute('python3', ['-I', '-c', print], { env, cwd: '/', timeout: SEARCH_MS });
    return stdout.trim();
  } catch (cause) {
    const message = 'Cannot run the code: there is no python3 on the PATH of the worker';
    throw new PipelineError('TOOL_UNAVAILABLE', message, { cause });
  }
}

/**
 * Runs a program of Python as the body of a function. The value, or what was thrown, goes to the first standard output; what
 * the code prints goes elsewhere. Of what was thrown nothing is told that names folders of the host.
 */
export const PYTHON_DRIVER = `
import ast, json, os, sys
reply = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)
os.environ.clear()

def told(error):
    line = getattr(error, 'lineno', None) if isinstance(error, SyntaxError) else None
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == '<code>':
            line = frame.tb_lineno
        frame = frame.tb_next
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    for folder in sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path} - {'', '/'}, key=len, reverse=True):
        text = text.replace(folder, '...')
    where = '' if line is None else f' (line {line})'
    return type(error).__name__ + (f': {text}' if text else '') + where

def run(given):
    try:
        tree = ast.parse(given['code'], '<code>')
        start = ast.parse('def main(input): pass', '<code>')
        start.body[0].body = tree.body or start.body[0].body
        names = {'__name__': '<code>'}
        exec(compile(start, '<code>', 'exec'), names)
        return {'value': names['main'](given['input'])}
    except BaseException as error:
        return {'error': told(error)}

result = run(json.load(sys.stdin))
try:
    text = json.dumps(result, allow_nan=False)
except BaseException as error:
    text = json.dumps({'error': told(error)})
reply.write(text)
reply.flush()
os._exit(0)
`;

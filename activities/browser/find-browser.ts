import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PipelineError } from '../../src/errors.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of the browser that the operator named, or of one on PATH. Throws `TOOL_UNAVAILABLE`. */
export async function findBrowser(named: string | undefined, path = String(process.env['PATH'])): Promise<string> {
  if (named !== undefined) {
    if (await isExecutable(named)) return named;
    throw unavailable(`ORCHESTRATOR_BROWSER is "${named}", which is no program that may be run`);
  }
  for (const folder of path.split(delimiter).filter(Boolean)) {
    for (const name of NAMES) if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  throw unavailable(`${NAMES.join(', ')} are not on PATH`);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function unavailable(is: string): PipelineError {
  const advice = 'install Chromium where the worker runs, or set ORCHESTRATOR_BROWSER to the path of one';
  return new PipelineError('TOOL_UNAVAILABLE', `Cannot start a browser: ${is}; ${advice}`);
}

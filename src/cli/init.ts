import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PipelineError } from '../errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { TEMPLATE } from './init/template.ts';
import { selfCommand, shellWord } from './self.ts';
import type { Act, Session } from './session.ts';

export function addInit(program: Command, act: Act): void {
  program
    .command('init [folder]')
    .description('Begin a project: a pipeline that runs at once, with a tool and a check of your own.')
    .action(act(init));
}

async function init({ terminal }: Session, folder = '.'): Promise<ExitCode> {
  const made = await Promise.all(
    Object.entries(TEMPLATE).map(async ([name, text]) => ({ name, isNew: await writeNew(folder, name, text) })),
  );
  const pipeline = shellWord(join(folder, 'pipeline.yaml'));
  const created = made.filter(({ isNew }) => isNew).map(({ name }) => name);
  const kept = made.filter(({ isNew }) => !isNew).map(({ name }) => name);
  terminal.answer({ event: 'initialised', folder, created, kept }, () => [
    ...made.map(({ name, isNew }) => `${isNew ? 'Created' : 'Kept   '} ${join(folder, name)}`),
    `Run it: ${selfCommand(process.env)} run ${pipeline}`,
  ]);
  return EXIT.DONE;
}

/** False when there is such a file already: it stays as it is. */
async function writeNew(folder: string, name: string, text: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), text, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && !message.includes('mkdir')) return false;
    throw new PipelineError('FILE_UNWRITABLE', `Cannot write "${join(folder, name)}": ${message}`, { cause: error });
  }
}

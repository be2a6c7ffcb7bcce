import type { Command } from 'commander';
import { EXIT, type ExitCode } from './exit-code.ts';
import { examinationLines } from './screen/examination.ts';
import type { Act, Session } from './session.ts';

export function addDoctor(program: Command, act: Act): void {
  program
    .command('doctor')
    .description('Say what a run needs, what of it was found where, and what to do about the rest.')
    .action(act(doctor));
}

async function doctor({ config, terminal }: Session): Promise<ExitCode> {
  // It knows every vendor, whose libraries take their time to load.
  const { examine } = await import('../local/doctor.ts');
  const found = await examine(config);
  for (const one of found) terminal.answer(one, () => examinationLines(one, terminal.paint));
  return found.some(({ status }) => status === 'missing') ? EXIT.FAILED : EXIT.DONE;
}
